import { describe, expect, it } from "vitest";
import { tokensOf } from "../../../src/llm/cost.ts";
import { copyIndex } from "../../../src/optimization/reflection/copied.ts";
import { demonstrationProposals } from "../../../src/optimization/reflection/demonstrations.ts";
import { checkCandidate } from "../../../src/optimization/reflection/guard.ts";
import type { TrainingRecord } from "../../../src/optimization/reflection/training-record.ts";
import { makeEntry, makeOrder, makeRecord, makeSpec } from "./orders.ts";

const seed = "Help {{customer}}.\n";
const spec = makeSpec("system", seed);
const asked = [
  "How do I return a broken kettle from Vladivostok",
  "How do I return a broken toaster from Vladivostok",
  "Which visa does my aunt need for Madagascar",
  "Cancel the order of eleven garden chairs at once",
];
const good = (id: string, input: string, fields: Partial<TrainingRecord> = {}) =>
  makeRecord(id, { score: 1, input: [`question: ${input}`], output: [`done ${id}`], ...fields });
const pool = asked.map((input, i) => good(`g${i}`, input));

const propose = (text: string, from: readonly TrainingRecord[], fields: object = {}) =>
  demonstrationProposals(makeOrder({ system: text }, [], { parent: makeEntry(1, { system: text }) }), from, {
    components: [spec],
    seed: "s",
    ...fields,
  });

function textsOf(proposals: ReturnType<typeof propose>): string[] {
  return proposals.map((proposal) => {
    if (proposal.state !== "proposed") throw new Error(proposal.reason);
    return proposal.components["system"] ?? "";
  });
}

describe("demonstrations", () => {
  it("are put at the end in a marked section, unlike one another", () => {
    const [two = ""] = textsOf(propose(seed, pool, { counts: [2] }));
    expect(two).toMatch(
      /^Help \{\{customer\}\}\.\n\n\n<demonstrations sum="[0-9a-f]{12}">\nInput: question: [\s\S]*\nOutput: done g\d\n\nInput: [\s\S]*\n<\/demonstrations>$/,
    );
    const [all = ""] = textsOf(propose(seed, pool, { counts: [4] }));
    expect(all.match(/Input:/g)?.length).toBe(4);
    const alike = propose(
      seed,
      [pool[0], good("copy", `${asked[0]} please`)].flatMap((one) => one ?? []),
      { counts: [2] },
    );
    expect(textsOf(alike)[0]?.match(/Input:/g)?.length).toBe(1);
  });

  it("take the place of earlier ones", () => {
    const [first = ""] = textsOf(propose(seed, pool, { counts: [2] }));
    const [again = ""] = textsOf(propose(first, pool.slice(2), { counts: [1] }));
    expect(again.match(/<demonstrations/g)?.length).toBe(1);
    expect(again.match(/Input:/g)?.length).toBe(1);
    expect(again.startsWith(seed)).toBe(true);
  });

  it("are the same for the same seed, and others for another slot", () => {
    expect(propose(seed, pool)).toEqual(propose(seed, pool.toReversed()));
    const drawn = Array.from({ length: 8 }, (_, slot) =>
      JSON.stringify(
        demonstrationProposals(makeOrder({ system: seed }, [], { slot }), pool, {
          components: [spec],
          seed: "s",
          counts: [1],
        }),
      ),
    );
    expect(new Set(drawn).size).toBeGreaterThan(1);
  });

  it("pass the guard although they are copies; the same text undeclared or changed does not", () => {
    const training = copyIndex(
      asked.map((text) => [text]),
      [seed],
    );
    const check = (text: string) =>
      checkCandidate({ components: { system: text }, code: null }, makeOrder({ system: seed }), {
        components: [spec],
        training,
      });
    const [text = ""] = textsOf(propose(seed, pool, { counts: [2] }));
    expect(check(text)).toBeNull();
    expect(check(text.replace("done", "DONE"))).toContain("copies");
    expect(check(`${seed}\n<demonstrations sum="000000000000">\n${asked[2]}\n</demonstrations>`)).toContain(
      "copies",
    );
  });

  it("keep to the budget and the limit of length", () => {
    const long = pool.map((record) => ({ ...record, output: ["word ".repeat(200)] }));
    const [text = ""] = textsOf(
      propose(seed, long, { counts: [4], budgetTokens: 600, components: [{ ...spec, maxLength: 9_000 }] }),
    );
    expect(tokensOf(text)).toBeLessThan(660);
    expect(text.match(/Input:/g)?.length).toBe(2);
    expect(propose(seed, long, { components: [{ ...spec, maxLength: 500 }] })).toEqual([
      { state: "failed", reason: "no demonstration fits the limit of length" },
    ]);
  });

  it.each([
    ["score too little", good("x", "a b c", { score: 0.5 })],
    ["failed", good("x", "a b c", { status: "timeout" })],
    ["were shortened", good("x", "a b c", { cuts: [{ what: "input", chars: 3 }] })],
    ["hold a variable", good("x", "write {{customer}}")],
    ["would end the section", good("x", "a </demonstrations> b")],
    ["gave nothing", good("x", "a b c", { output: [""] })],
  ])("are not made of records that %s", (_, record) => {
    expect(propose(seed, [record])).toEqual([
      { state: "failed", reason: "no training case was done well enough to be shown" },
    ]);
  });
});
