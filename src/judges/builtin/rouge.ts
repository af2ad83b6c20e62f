import { z } from "zod";
import { codeJudge, decided, unscored } from "../code-judge.ts";
import {
  comparable,
  expectedParams,
  expectedTexts,
  expectedValue,
  judgedText,
  subjectParams,
} from "../subject.ts";
import { withinMs } from "../time-limit.ts";
import { wordsOf } from "../words.ts";

const LIMIT_MS = 5_000;
/** F-beta is precision at 0 and recall at infinity. */
const BETA = { f1: 1, precision: 0, recall: Number.POSITIVE_INFINITY } as const;

/** One text is one sentence: by itself js-rouge would unite subsequences sentence by sentence (ROUGE-Lsum). */
const whole = (text: string): string[] => [text];

/**
 * ROUGE (Lin 2004): shared words (`1`), pairs of words (`2`) or the longest common subsequence of words (`L`, over the
 * whole text) of output and expected text, by js-rouge. No stemming. The best where several texts are expected.
 */
export const rouge = codeJudge({
  name: "rouge",
  summary: "How much of the expected text's wording the output has (ROUGE-1, ROUGE-2 or ROUGE-L).",
  revision: 1,
  level: "trace",
  needs: ["output"],
  goal: "higher",
  bounded: true,
  threshold: null,
  params: z.strictObject({
    ...subjectParams,
    ...expectedParams,
    variant: z.enum(["1", "2", "L"]).default("L"),
    measure: z.enum(["f1", "recall", "precision"]).default("f1"),
    ignoreCase: z.boolean().default(true),
  }),
  otherNames: { ragas: "RougeScore", promptfoo: "rouge-n, rouge-l", mlflow: "rougeL" },
  async judge(item, params) {
    const { ignoreCase, variant } = params;
    const texts = expectedTexts(expectedValue(item, params) ?? {})?.map((one) => comparable(one, ignoreCase));
    const references = texts?.filter((one) => wordsOf(one).length > 0) ?? [];
    if (references.length === 0)
      return unscored("expectation_missing", `no words in expectation "${params.expectation}"`);
    const text = comparable(judgedText(item, params.field) ?? "", ignoreCase);
    if (wordsOf(text).length === 0) return decided(false, "no words in the output");
    const { l, n } = await import("js-rouge");
    const options = { beta: BETA[params.measure], tokenizer: wordsOf, segmenter: whole };
    const values = references.map((reference) =>
      withinMs(LIMIT_MS, () =>
        variant === "L"
          ? l(text, reference, options)
          : n(text, reference, { ...options, n: Number(variant) }),
      ),
    );
    const best = Math.max(...values);
    return { value: best, rationale: `ROUGE-${variant} ${params.measure} ${best.toFixed(4)}` };
  },
});
