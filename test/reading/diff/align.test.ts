import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { align, type StepKey } from "../../../src/reading/diff/align.ts";
import { jsonChanges } from "../../../src/reading/diff/json-changes.ts";

const step = (text: string): StepKey => {
  const [label = "", given = "", got = ""] = text.split("/");
  return { label, given, got };
};
const steps = (...texts: string[]) => texts.map(step);

const steplike = fc
  .tuple(fc.constantFrom("tool a", "tool b", "llm"), fc.constantFrom("x", "y"), fc.constantFrom("0", "1"))
  .map(([label, given, got]) => ({ label, given, got }));

/** What a reader of the diff does: keeps, replaces, leaves out and puts in. */
const apply = (a: readonly StepKey[], b: readonly StepKey[]) =>
  align(a, b).pairs.flatMap(({ b: at }) => (at === null ? [] : [b[at]]));

describe("the alignment of two runs", () => {
  it("pairs the same call with other arguments, and leaves steps of one side alone", () => {
    const { pairs } = align(
      steps("user/hi", "tool find/1/a", "tool pay/9/b", "llm//done"),
      steps("user/hi", "tool find/2/a", "tool check/9/c", "tool pay/9/b", "llm//sorry"),
    );
    expect(pairs).toEqual([
      { a: 0, b: 0 },
      { a: 1, b: 1 },
      { a: null, b: 2 },
      { a: 2, b: 3 },
      { a: 3, b: 4 },
    ]);
  });

  it("applied to the first run it gives the second, and each step of both stands there once, in order", () => {
    const runs = fc.array(steplike, { maxLength: 40 });
    fc.assert(
      fc.property(runs, runs, (a, b) => {
        expect(apply(a, b)).toEqual(b);
        const { pairs, coarse } = align(a, b);
        expect(pairs.flatMap(({ a: at }) => at ?? [])).toEqual(a.map((_, i) => i));
        expect(pairs.flatMap(({ b: at }) => at ?? [])).toEqual(b.map((_, i) => i));
        expect(coarse).toBe(0);
        for (const pair of pairs)
          if (pair.a !== null && pair.b !== null) expect(a[pair.a]?.label).toBe(b[pair.b]?.label);
      }),
    );
  });

  it("costs no more than taking all of one out and putting all of the other in; nothing for equal runs", () => {
    const runs = fc.array(steplike, { maxLength: 12 });
    fc.assert(
      fc.property(runs, (a) => {
        expect(align(a, a).pairs).toEqual(a.map((_, i) => ({ a: i, b: i })));
      }),
    );
  });

  it("30,000 steps against 30,000: cut at steps that come once, without a table of all", () => {
    const run = (changed: number) =>
      Array.from({ length: 30_000 }, (_, i) =>
        step(`tool t${i % 3}/${i % changed === 0 ? "other" : ""}${i}/r`),
      );
    const [a, b] = [run(97), run(89)];
    globalThis.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    const { pairs, coarse } = align(a, b);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60_000_000);
    expect(coarse).toBe(0);
    expect(pairs.every(({ a: i, b: j }) => i === j)).toBe(true);
  });

  it("where nothing comes once it says how many steps are paired coarsely, and still reconstructs", () => {
    const a = Array.from({ length: 5_000 }, (_, i) => step(`tool t/${i % 2}/a`));
    const b = Array.from({ length: 4_800 }, (_, i) => step(`tool t/${i % 2}/b`));
    expect(align(a, b).coarse).toBe(9_800);
    expect(apply(a, b)).toEqual(b);
  });
});

describe("where two values differ", () => {
  it("names the innermost paths", () => {
    expect(
      jsonChanges(
        { order: { id: 1, items: ["a", "b"] }, note: "x", "odd key": 1 },
        { order: { id: 2, items: ["a", "c", "d"] }, "odd key": 2 },
      ),
    ).toEqual([
      { path: "order.id", from: 1, to: 2 },
      { path: "order.items[1]", from: "b", to: "c" },
      { path: "order.items[2]", from: undefined, to: "d" },
      { path: "note", from: "x", to: undefined },
      { path: '["odd key"]', from: 1, to: 2 },
    ]);
  });

  it("is empty just for equal values, whatever the order of keys", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [left, right] = [JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))];
        expect(jsonChanges(left, JSON.parse(JSON.stringify(left)))).toEqual([]);
        if (JSON.stringify(left) !== JSON.stringify(right) && typeof left !== "object")
          expect(jsonChanges(left, right)).toHaveLength(1);
      }),
    );
  });
});
