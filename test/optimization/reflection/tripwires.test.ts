import { describe, expect, it } from "vitest";
import { NO_EVIDENCE } from "../../../src/evaluation/run-record.ts";
import type { Message } from "../../../src/model/message.ts";
import { type TripwireRun, tripwireRun, tripwires } from "../../../src/optimization/reflection/tripwires.ts";
import { mcnemarExact } from "../../../src/statistics/mcnemar.ts";
import { makeRow } from "../../store/example-fixtures.ts";

const run = (i: number, fields: Partial<TripwireRun> = {}): TripwireRun => ({
  exampleId: `e${i}`,
  group: `e${i}`,
  score: 0.5,
  refused: false,
  length: 100,
  completed: true,
  missing: false,
  ...fields,
});

const arm = (n: number, of: (i: number) => Partial<TripwireRun> = () => ({})) =>
  Array.from({ length: n }, (_, i) => run(i, of(i)));

const states = (seed: TripwireRun[], candidate: TripwireRun[]) =>
  Object.fromEntries(tripwires({ seed, candidate }).map(({ name, state }) => [name, state]));

const QUIET = {
  refusals: "quiet",
  answer_length: "quiet",
  exclusions: "quiet",
  score_without_completion: "quiet",
};

describe("tripwires", () => {
  it("are quiet when nothing drifts, and when a few examples do", () => {
    expect(states(arm(40), arm(40))).toEqual(QUIET);
    expect(
      states(
        arm(40),
        arm(40, (i) => ({ refused: i < 3, missing: i === 5, length: 110 })),
      ),
    ).toEqual(QUIET);
  });

  it("trip on refusals, with McNemar's exact p value times the four tests", () => {
    const candidate = arm(40, (i) => ({ refused: i < 12 }));
    const [refusals] = tripwires({ seed: arm(40), candidate });
    expect(refusals).toMatchObject({
      name: "refusals",
      state: "tripped",
      seed: 0,
      candidate: 0.3,
      examples: 40,
    });
    // Beyond 16 examples flips are drawn: p is near the exact one.
    expect(refusals?.pValue).toBeLessThan(0.01);
    expect(refusals?.says).toBe(
      "Answers that refuse to help went from 0 % to 30 %. Read some of them before the candidate is used: a refusal can score well where answering is risky.",
    );
    const few = tripwires({ seed: arm(12), candidate: arm(12, (i) => ({ refused: i < 8 })) })[0];
    expect(few?.pValue).toBeCloseTo(4 * mcnemarExact({ better: 8, worse: 0 }), 12);
  });

  it("trip on answers that grow by half or more, not by a little", () => {
    expect(
      states(
        arm(30),
        arm(30, () => ({ length: 180 })),
      ),
    ).toEqual({ ...QUIET, answer_length: "tripped" });
    expect(
      states(
        arm(30),
        arm(30, () => ({ length: 130 })),
      ),
    ).toEqual(QUIET);
    expect(
      states(
        arm(30),
        arm(30, () => ({ length: 40 })),
      ),
    ).toEqual({ ...QUIET, answer_length: "tripped" });
  });

  it("trip on cases that go missing, not on cases that come back", () => {
    const missing = arm(30, (i) => (i < 10 ? { missing: true, score: null } : {}));
    expect(states(arm(30), missing)).toMatchObject({ exclusions: "tripped" });
    expect(states(missing, arm(30))).toMatchObject({ exclusions: "quiet" });
  });

  it("trip on a score that rises while completion falls", () => {
    const fallen = (score: number) => arm(30, (i) => ({ score, completed: i >= 10 }));
    expect(states(arm(30), fallen(0.8))).toMatchObject({ score_without_completion: "tripped" });
    expect(states(arm(30), fallen(0.3))).toMatchObject({ score_without_completion: "quiet" });
    expect(
      states(
        arm(30),
        arm(30, () => ({ score: 0.9 })),
      ),
    ).toMatchObject({ score_without_completion: "quiet" });
  });

  it("count examples of one group as one, and say so when nothing can be compared", () => {
    const grouped = (refused: boolean) => arm(40, () => ({ group: "g", refused }));
    expect(states(grouped(false), grouped(true))).toMatchObject({ refusals: "quiet" });
    expect(states([run(1)], [run(2)])).toEqual({
      refusals: "untested",
      answer_length: "untested",
      exclusions: "untested",
      score_without_completion: "untested",
    });
  });

  it("read a run", () => {
    const { run: result } = makeRow("a", { run: { output: "I'm sorry, but I can't help with that." } });
    const record = { run: result, evidence: NO_EVIDENCE };
    const example = { id: "a", group: "g", turns: [] };
    expect(tripwireRun(example, record, 0.2)).toEqual({
      exampleId: "a",
      group: "g",
      score: 0.2,
      refused: true,
      length: 38,
      completed: false,
      missing: false,
    });
    const failed = { run: { ...result, status: "timeout" as const }, evidence: NO_EVIDENCE };
    expect(tripwireRun(example, failed, 0)).toMatchObject({
      refused: null,
      length: null,
      completed: false,
      missing: false,
    });
    const lost = { run: { ...result, status: "infrastructure" as const }, evidence: NO_EVIDENCE };
    expect(tripwireRun(example, lost, null)).toMatchObject({ missing: true });
  });

  it("take for completed what is answered, in every turn, to its end", () => {
    const text = (role: "user" | "assistant", said: string) => ({
      role,
      parts: [{ type: "text" as const, text: said }],
    });
    const refusal = "I'm sorry, but I can't help with that.";
    const completed = (
      output: string,
      {
        messages = [],
        turns = [],
        cutOff = false,
      }: { messages?: Message[]; turns?: string[]; cutOff?: boolean },
    ) => {
      const { run: result } = makeRow("a", { run: { output, messages } });
      const record = { run: result, evidence: { ...NO_EVIDENCE, cutOff } };
      return tripwireRun({ id: "a", group: "g", turns }, record, 1).completed;
    };
    expect(completed("30 days", {})).toBe(true);
    expect(completed("30 da", { cutOff: true })).toBe(false);
    expect(completed(refusal, {})).toBe(false);
    const history = [text("user", "Hi"), text("assistant", refusal)];
    const played = (first: string) => [
      ...history,
      text("user", "How long?"),
      text("assistant", first),
      text("user", "And then?"),
      text("assistant", "30 days"),
    ];
    // What was said before the run is not its doing.
    expect(completed("30 days", { turns: ["And then?"], messages: played("14 days") })).toBe(true);
    expect(completed("30 days", { turns: ["And then?"], messages: played(refusal) })).toBe(false);
  });
});
