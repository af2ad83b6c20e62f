import { describe, expect, it } from "vitest";
import { orderBias } from "../../src/judges/model/order-bias.ts";
import { pairQuestionsFor, questionsFor } from "../../src/judges/model/questions-for.ts";
import { verdictFrom } from "../../src/judges/model/verdict-from.ts";
import { answered, questionsIn, verdictIn } from "./ask.ts";
import { judgedItem } from "./item.ts";
import { builtinJudge, customJudge } from "./resolved.ts";

const preference = builtinJudge("preference");
const one = judgedItem({ inputs: "How late?", output: "Ten." });
const other = judgedItem({ inputs: "How late?", output: "Who knows." });

/** The verdict for `one` when the judge answers so in the one order, and so in the other. */
function verdictOf(first: string, second: string, judge = preference) {
  const [a, b] = questionsIn(pairQuestionsFor(judge, one, other));
  if (!a || !b) throw new Error("nothing asked");
  return verdictFrom(judge, [
    answered(a, { rationale: "In order.", label: first }),
    answered(b, { rationale: "Turned.", label: second }),
  ]);
}

describe("a judge of pairs", () => {
  it("asks in both orders", () => {
    const [first, second] = questionsIn(pairQuestionsFor(preference, one, other));
    const outputs = [first, second].map((question) =>
      question?.ask.by === "llm" ? /\[output_1 \w+\]\n(.*)/.exec(question.ask.user)?.[1] : null,
    );
    expect(outputs).toEqual(["Ten.", "Who knows."]);
    const [turned] = questionsIn(pairQuestionsFor(preference, other, one));
    expect(turned?.keyMaterial).toBe(second?.keyMaterial);
  });

  it.each([
    ["first", "second", "win", 1, true, null],
    ["second", "first", "loss", 0, false, null],
    ["tie", "tie", "tie", 0.5, true, null],
    ["first", "first", "tie", 0.5, true, "order_disagreement"],
    ["second", "second", "tie", 0.5, true, "order_disagreement"],
    ["first", "tie", "tie", 0.5, true, "order_disagreement"],
  ])("%s, then %s: %s", (first, second, label, value, pass, reason) => {
    expect(verdictOf(first, second)).toMatchObject({ state: "scored", label, value, pass, reason });
  });

  it("keeps both orders, from the same answer's side", () => {
    expect(verdictOf("first", "first").parts).toEqual([
      { spanId: null, turn: null, label: "win", value: 1, rationale: "In order." },
      { spanId: null, turn: null, label: "loss", value: 0, rationale: "Turned." },
    ]);
  });

  it("concludes nothing from one order alone", () => {
    expect(verdictOf("first", "cannot_tell")).toMatchObject({
      state: "unscored",
      reason: "cannot_tell",
      value: null,
    });
    expect(verdictOf("better", "second")).toMatchObject({ state: "unscored", reason: "off_menu" });
  });

  it("takes graded labels of a user's own", () => {
    const labels = [1, 0.75, 0.5, 0.25, 0].map((value) => ({
      label: `first ${value}`,
      means: "so much",
      value,
    }));
    const judge = customJudge("Which of {{output}}?", { level: "pair", labels, threshold: 0.5 });
    expect(verdictOf("first 1", "first 0.25", judge)).toMatchObject({ label: "win", value: 0.875 });
    expect(verdictOf("first 0.75", "first 1", judge)).toMatchObject({
      label: "tie",
      reason: "order_disagreement",
    });
    const nothing = [...labels, { label: "neither", means: "no use", value: null }];
    expect(verdictOf("first 1", "neither", { ...judge, labels: nothing }).state).toBe("not_applicable");
  });

  it("turns around when negated, but not for a run that failed", () => {
    const negated = { ...preference, negate: true };
    expect(verdictOf("first", "second", negated)).toMatchObject({ label: "win", value: 0, pass: false });
    const failed = { ...one, run: { ...one.run, ok: false } };
    expect(verdictIn(pairQuestionsFor(negated, failed, other))).toMatchObject({
      label: "loss",
      value: 0,
      pass: false,
    });
  });

  it("asks nothing about failed runs, equal answers and missing ones", () => {
    const failed = { ...one, run: { ...one.run, ok: false } };
    const at = (...pair: [typeof one, typeof one]) => verdictIn(pairQuestionsFor(preference, ...pair));
    expect(at(failed, other)).toMatchObject({ label: "loss", value: 0, reason: "run_failed" });
    expect(at(one, failed)).toMatchObject({ label: "win", value: 1, reason: "run_failed" });
    expect(at(failed, failed)).toMatchObject({ label: "tie", value: 0.5, reason: "run_failed" });
    expect(at(one, structuredClone(one))).toMatchObject({ label: "tie", value: 0.5, reason: null });
    expect(at(one, { ...other, output: " " })).toMatchObject({ state: "unscored", reason: "input_missing" });
  });

  it("and one of single items are not taken for each other", () => {
    expect(() => questionsFor(preference, one)).toThrow("judges pairs");
    expect(() => pairQuestionsFor(builtinJudge("safety"), one, other)).toThrow("judges single items");
  });
});

describe("orderBias", () => {
  it("counts by place what was chosen", () => {
    const verdicts = [
      verdictOf("first", "second"),
      verdictOf("second", "first"),
      verdictOf("first", "first"),
      verdictOf("first", "first"),
      verdictOf("second", "second"),
      verdictOf("tie", "tie"),
      verdictOf("first", "tie"),
      verdictOf("first", "cannot_tell"),
    ];
    const { consistent, first, firstTwice } = orderBias(verdicts);
    expect(consistent).toMatchObject({ count: 3, of: 7, rate: 3 / 7 });
    expect(first).toEqual({ count: 7, of: 11, rate: 7 / 11 });
    expect(firstTwice).toMatchObject({ count: 2, of: 3, rate: 2 / 3 });
  });

  it("gives Wilson intervals", () => {
    // 19 of 38: statsmodels' proportion_confint(19, 38, method="wilson")
    const verdicts = Array.from({ length: 38 }, (_, i) =>
      i < 19 ? verdictOf("first", "second") : verdictOf("first", "first"),
    );
    const { consistent, firstTwice } = orderBias(verdicts);
    expect(consistent.interval?.low).toBeCloseTo(0.348499283643951, 12);
    expect(consistent.interval?.high).toBeCloseTo(0.651500716356049, 12);
    expect(firstTwice).toMatchObject({ count: 19, of: 19 });
    expect(firstTwice.interval?.low).toBeGreaterThan(0.5);
  });

  it("has nothing to say of verdicts that were not asked for in both orders", () => {
    const failed = { ...one, run: { ...one.run, ok: false } };
    const verdict = verdictIn(pairQuestionsFor(preference, failed, other));
    const nothing = { count: 0, of: 0, rate: null };
    expect(orderBias([verdict])).toEqual({
      consistent: { ...nothing, interval: null },
      first: nothing,
      firstTwice: { ...nothing, interval: null },
    });
  });
});
