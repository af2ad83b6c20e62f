import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { applyCodeJudge } from "../../src/judges/apply-code.ts";
import { codeJudges } from "../../src/judges/builtin/index.ts";
import { codeJudge } from "../../src/judges/code-judge.ts";
import type { CodeFinding, CodeJudge } from "../../src/judges/definition.ts";
import { failedRunVerdict } from "../../src/judges/failed-run.ts";
import { resolveJudge } from "../../src/judges/resolve.ts";
import type { Json } from "../../src/model/json.ts";
import type { ResolvedJudge } from "../../src/model/judge.ts";
import type { JudgedItem } from "../../src/model/judged-item.ts";
import { Verdict } from "../../src/model/verdict.ts";
import { call, item, options, run, said, verdict } from "./item.ts";

const failed = item({ output: null, run: { ...run, ok: false, error: "timeout" } });
const signal = new AbortController().signal;

/** A judge that finds what the test says. */
const finding = (
  find: () => CodeFinding | Promise<CodeFinding>,
  more: Partial<CodeJudge> = {},
): CodeJudge => ({
  ...codeJudge({
    name: "scripted",
    summary: "What the test says.",
    revision: 1,
    level: "trace",
    needs: [],
    goal: "higher",
    bounded: true,
    threshold: 0.5,
    params: z.strictObject({}),
    otherNames: {},
    judge: find,
  }),
  ...more,
});

const resolvedAs = (judge: CodeJudge, more: Partial<ResolvedJudge> = {}): ResolvedJudge => ({
  name: judge.name,
  version: null,
  hash: "",
  kind: "code",
  level: "trace",
  builtin: judge.name,
  params: {},
  instructions: null,
  labels: [],
  goal: judge.goal,
  bounded: judge.bounded,
  threshold: judge.threshold,
  negate: false,
  model: null,
  ...more,
});

const apply = (judge: CodeJudge, judged: JudgedItem = item(), more: Partial<ResolvedJudge> = {}) =>
  applyCodeJudge(judge, resolvedAs(judge, more), judged, { signal });

describe("a failed run", () => {
  it.each(codeJudges.filter((judge) => judge.bounded).map((judge) => judge.name))(
    "fails %s without running it, negated or not",
    async (name) => {
      const params: Record<string, Json> =
        { regex: { pattern: "x" }, length: { min: 1 }, feedback: { name: "x" } }[name] ?? {};
      if (name === "command")
        return expect(failedRunVerdict(resolvedAs(finding(() => notRun())))).toMatchObject({ pass: false });
      for (const negate of [false, true])
        expect(await verdict({ name, params, negate }, failed)).toMatchObject({
          state: "scored",
          value: 0,
          pass: false,
          reason: "run_failed",
        });
    },
  );

  const notRun = (): CodeFinding => {
    throw new Error("must not be run");
  };

  it.each(["latency", "cost", "tokens", "steps"])(
    "%s is missing, or fails by its threshold",
    async (name) => {
      expect(await verdict(name, failed)).toMatchObject({
        state: "unscored",
        value: null,
        pass: null,
        reason: "run_failed",
      });
      for (const negate of [false, true])
        expect(await verdict({ name, threshold: 1_000_000, negate }, failed)).toMatchObject({
          state: "scored",
          value: null,
          pass: false,
          reason: "run_failed",
        });
    },
  );

  it("fails for model judges by the same rule", () => {
    const model = {
      kind: "llm",
      name: "mine",
      builtin: null,
      model: "gpt",
      bounded: true,
      threshold: 1,
    } as const;
    expect(failedRunVerdict(model)).toMatchObject({
      value: 0,
      pass: false,
      source: { kind: "llm_judge", id: "gpt" },
    });
  });
});

describe("a judge that fails is an error, never a pass", () => {
  const loop = () => {
    for (;;);
  };
  it.each<[string, () => CodeFinding | Promise<CodeFinding>, string]>([
    [
      "throws",
      () => {
        throw new RangeError("too deep");
      },
      "RangeError: too deep",
    ],
    ["rejects", () => Promise.reject(new Error("gone")), "Error: gone"],
    ["gives NaN", () => ({ value: Number.NaN, rationale: "" }), "the judge gave no number"],
    ["gives null", () => ({ value: null, rationale: "" }), "the judge gave no number"],
    ["gives 1.5", () => ({ value: 1.5, rationale: "" }), "the judge gave a value outside of 0 to 1"],
    ["loops", loop, "took longer than 5000 ms"],
  ])("%s", async (_, find, rationale) => {
    for (const negate of [false, true]) {
      if (find === loop && negate) continue;
      expect(await apply(finding(find), item(), { negate })).toMatchObject({
        state: "error",
        reason: "judge_failed",
        value: null,
        pass: null,
        rationale,
      });
    }
  });

  it("one that was stopped says nothing", async () => {
    const controller = new AbortController();
    const judge = finding(() => {
      controller.abort(new Error("cancelled"));
      throw new Error("socket closed");
    });
    const applied = applyCodeJudge(judge, resolvedAs(judge), item(), { signal: controller.signal });
    await expect(applied).rejects.toThrow("cancelled");
  });
});

describe("what an item lacks", () => {
  it("is unscored with its reason, without the judge being run", async () => {
    const needy = (need: CodeJudge["needs"][number]) =>
      finding(() => ({ value: 1, rationale: "" }), { needs: [need] });
    expect(await apply(needy("expectations.answer"))).toMatchObject({
      state: "unscored",
      reason: "expectation_missing",
    });
    expect(await apply(needy("state"))).toMatchObject({
      state: "unscored",
      reason: "input_missing",
      pass: null,
    });
  });
});

describe("values, thresholds and negation", () => {
  it.each([
    [{ value: 0.5 }, {}, { value: 0.5, pass: true }],
    [{ value: 0.49 }, {}, { value: 0.49, pass: false }],
    [{ value: 0.1 + 0.2 }, { threshold: 0.3 }, { pass: true }],
    [{ value: 1 + 1e-12 }, {}, { value: 1, pass: true }],
    [{ value: 0.7 }, { threshold: null }, { pass: null }],
    [{ value: 0.7, pass: false }, { threshold: null }, { pass: false }],
    [{ value: 0.7, pass: false }, { threshold: 0.6 }, { pass: true }],
    [{ value: 0.25 }, { negate: true }, { value: 0.75, pass: true }],
    [{ value: 0.25 }, { negate: true, threshold: null }, { value: 0.75, pass: null }],
  ])("%j with %j is %j", async (found, more, expected) => {
    expect(
      await apply(
        finding(() => ({ rationale: "", ...found })),
        item(),
        more,
      ),
    ).toMatchObject(expected);
  });

  const item_ = fc.record({
    output: fc.oneof(
      fc.string(),
      fc.jsonValue().map((value): Json => JSON.parse(JSON.stringify(value))),
    ),
    conversation: fc.array(
      fc
        .tuple(fc.constantFrom("user" as const, "assistant" as const), fc.lorem())
        .map(([role, text]) => said(role, text)),
      { maxLength: 6 },
    ),
    toolCalls: fc.array(
      fc
        .tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom<Json>({}, { x: 1 }, { x: 1, y: 2 }))
        .map(([name, args]) => call(name, args)),
      { maxLength: 6 },
    ),
    feedback: fc.record(
      { x: fc.oneof(fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true }), fc.string()) },
      { requiredKeys: [] },
    ),
    state: fc.constantFrom<Json>(null, { a: 1, b: 2 }, { a: 2 }),
    expectations: fc.record(
      {
        answer: fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 3 }), fc.integer()),
        toolCalls: fc.array(fc.constantFrom<Json>("a", "b", { name: "a", arguments: { x: 1 } }), {
          maxLength: 4,
        }),
        state: fc.constant<Json>({ a: 1, b: 2 }),
        schema: fc.constant<Json>({ type: "string" }),
        language: fc.constant("en"),
        forbiddenTools: fc.constant<Json>(["c"]),
      },
      { requiredKeys: [] },
    ),
  });

  const PARAMS: Readonly<Record<string, Record<string, Json>>> = {
    regex: { pattern: "a" },
    length: { max: 5 },
    feedback: { name: "x" },
  };

  it.each(
    codeJudges.filter((judge) => judge.name !== "command").map((judge) => [judge.name, judge] as const),
  )(
    "%s: bounded values are in [0, 1], and negation turns scored verdicts alone around",
    async (name, judge) => {
      const threshold = judge.bounded ? 0.5 : 2;
      const spec = { name, params: PARAMS[name] ?? {}, threshold };
      const plain = await resolveJudge(spec, options);
      const negated = await resolveJudge({ ...spec, negate: true }, options);
      await fc.assert(
        fc.asyncProperty(item_, async (parts) => {
          const judged = item(parts);
          const [a, b] = [
            Verdict.parse(await applyCodeJudge(judge, plain, judged, { signal })),
            Verdict.parse(await applyCodeJudge(judge, negated, judged, { signal })),
          ];
          expect(b.state).toBe(a.state);
          if (a.state !== "scored") {
            expect([a.value, a.pass, b.value, b.pass]).toEqual([null, null, null, null]);
            return;
          }
          expect(b.pass).toBe(!a.pass);
          if (!judge.bounded) {
            expect(b.value).toBe(a.value);
            return;
          }
          expect(a.value).toBeGreaterThanOrEqual(0);
          expect(a.value).toBeLessThanOrEqual(1);
          expect(b.value).toBeCloseTo(1 - (a.value ?? 2), 12);
        }),
        { numRuns: 60 },
      );
    },
  );
});
