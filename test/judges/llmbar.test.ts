import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { orderBias } from "../../src/judges/model/order-bias.ts";
import { pairQuestionsFor } from "../../src/judges/model/questions-for.ts";
import { verdictFrom } from "../../src/judges/model/verdict-from.ts";
import { answered, questionsIn } from "./ask.ts";
import { judgedItem } from "./item.ts";
import { customJudge } from "./resolved.ts";

const folder = process.env["EVALWRIGHT_TEST_DATA"] ?? "";

const Completion = z.object({ completion: z.tuple([z.string(), z.string()]) });
const Orders = z.object({ "swap = False": Completion, "swap = True": Completion });
const Records = z.array(
  z.object({
    input: z.string(),
    output_1: z.string(),
    output_2: z.string(),
    label: z.union([z.literal(1), z.literal(2)]),
    /** Prompts with several steps hold the earlier ones' completions before the verdict's. */
    results: z.array(z.unknown()),
  }),
);
/** `79 / 134 = 58.95%` */
const Count = z
  .string()
  .regex(/^\d+ \/ \d+ = /)
  .transform((text) => Number.parseInt(text, 10));
const Statistics = z.object({ correct_False: Count, correct_True: Count, correct_both: Count, equal: Count });

/** GPT-4's menu in LLMBar's prompts: it named the better one of the answers as they were shown. */
const judge = customJudge("Which of {{output}} executes {{inputs}} better?", {
  level: "pair",
  threshold: 1,
  labels: [
    { label: "Output (a)", means: "the first", value: 1 },
    { label: "Output (b)", means: "the second", value: 0 },
  ],
});

/** The recorded completions, read and put together as our judge's: the better output counts as `one`. */
function replay(subset: string, prompt: string) {
  const path = join(folder, "llmbar", subset, `GPT-4-${prompt}`);
  const records = Records.parse(JSON.parse(readFileSync(`${path}-result.json`, "utf8")));
  const verdicts = records.map((record) => {
    const orders = Orders.parse(record.results.at(-1));
    const [first, second] = questionsIn(
      pairQuestionsFor(
        judge,
        judgedItem({ inputs: record.input, output: record.output_1 }),
        judgedItem({ inputs: record.input, output: record.output_2 }),
      ),
    );
    if (!first || !second) throw new Error("nothing asked");
    const verdict = verdictFrom(judge, [
      answered(first, orders["swap = False"].completion[0]),
      answered(second, orders["swap = True"].completion[0]),
    ]);
    return { verdict, right: record.label === 1 ? "win" : "loss" };
  });
  const published = Statistics.parse(JSON.parse(readFileSync(`${path}-statistics.json`, "utf8")));
  return { verdicts, published };
}

const CASES = [
  ["Natural", "Vanilla_NoRules", 100, 92],
  ["Natural", "Metrics_Reference", 100, 94],
  ["Neighbor", "Vanilla_NoRules", 134, 79],
  ["Neighbor", "Metrics_Reference", 134, 111],
] as const;

// Zeng et al. 2024, LLMBar (arXiv 2310.07641): completions and statistics as published with it.
describe.skipIf(!folder)("LLMBar's recorded GPT-4 as a judge of pairs (needs EVALWRIGHT_TEST_DATA)", () => {
  it.each(CASES)("%s, %s: %i pairs, %i right in both orders", (subset, prompt, n, both) => {
    const { verdicts, published } = replay(subset, prompt);
    const right = (side: (entry: (typeof verdicts)[number]) => string | null | undefined) =>
      verdicts.filter((entry) => side(entry) === entry.right).length;

    expect(verdicts).toHaveLength(n);
    expect(right(({ verdict }) => verdict.label)).toBe(both);
    expect(both).toBe(published.correct_both);
    expect(right(({ verdict }) => verdict.parts[0]?.label)).toBe(published.correct_False);
    expect(right(({ verdict }) => verdict.parts[1]?.label)).toBe(published.correct_True);

    const bias = orderBias(verdicts.map(({ verdict }) => verdict));
    expect(bias.consistent.count).toBe(published.equal);
    const ties = verdicts.filter(({ verdict }) => verdict.reason === "order_disagreement").length;
    expect(bias.consistent.of - bias.consistent.count).toBe(ties);
    expect(verdicts.every(({ verdict }) => verdict.state === "scored")).toBe(true);
  });
});
