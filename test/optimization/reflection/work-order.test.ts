import { describe, expect, it } from "vitest";
import { workOrderItem } from "../../../src/optimization/reflection/work-order.ts";
import { costOf } from "../../../src/reading/budget.ts";
import { makeOrder, makeRecord, makeSpec } from "./orders.ts";

describe("an order as the assistant's task", () => {
  it("says the same as to a model, whole where it fits", () => {
    const order = makeOrder({ system: "Be kind." }, [makeRecord("a")]);
    const { rubric, item, cuts } = workOrderItem(order, { components: [makeSpec("system", "Be kind.")] });
    expect(rubric).toMatch(/^Improve the texts/);
    expect(cuts).toEqual([]);
    expect(item.replaceAll(/\b[0-9a-f]{8}\b/g, "CODE")).toMatchInlineSnapshot(`
      "CODE CODE.

      "system"
      It has 8 characters and may have 2008.
      [text "system" CODE]
      Be kind.
      [end CODE]

      [lineage CODE]
      seed: validation score unknown, 8 characters
      [end CODE]

      [failing case 1 CODE]
      score 0; the run ended well
      judge correct (decides): fail, "wrong", 0: It is not so.
      input:
        question: question a
      output:
        answer a
      expected:
        answer: expected a
      [end CODE]"
    `);
  });

  it("stays small, whatever it holds, and names what is left out and where it is", () => {
    const text = 'Say "this"\n\u0001 or that. '.repeat(1_000);
    const records = Array.from({ length: 60 }, (_, i) =>
      makeRecord(`r${i}`, { output: ['"quoted"\n'.repeat(800)], judges: [] }),
    );
    const order = makeOrder({ system: text, refund: text }, records);
    const specs = ["system", "refund"].map((name) => makeSpec(name, text));
    const { rubric, item, cuts } = workOrderItem(order, {
      components: specs,
      whole: "Read it with get_record.",
    });
    expect(costOf(rubric) + costOf(item)).toBeLessThanOrEqual(7_400);
    expect(costOf(item)).toBeGreaterThan(3_500);
    const named = cuts.map(({ what }) => what);
    expect(named).toEqual(expect.arrayContaining(['text "system"', 'text "refund"', "failing case 1"]));
    expect(item).toMatch(/\n\nLeft out: text "system" \(\d+ characters\), .*\. Read it with get_record\.$/);
    expect(item).toMatch(/\(\d+ further failing cases are not shown\)/);
  });
});
