import { expect, test } from "vitest";
import type { OpenedStore } from "./contract.ts";
import {
  makeAssessment,
  makeBatch,
  makeConversation,
  makeSpan,
  spanIdOf,
  T0,
  traceIdOf,
} from "./fixtures.ts";

type Open = () => Promise<OpenedStore>;
const TRACE = traceIdOf(1);
const query = { projectId: "shop", traceId: TRACE, limit: 10 };

export function assessmentContract(open: Open): void {
  test("an assessment reads back whole, also when its trace comes later", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    const early = makeAssessment({
      traceId: TRACE,
      spanId: spanIdOf(1),
      kind: "expectation",
      name: "answer",
      value: "a refund",
      rationale: "policy 4",
      quote: "no refunds",
      source: "llm_judge",
      sourceId: "judge-1",
    });
    await traces.addAssessments("shop", [early]);
    expect(await traces.readAssessments(query)).toEqual([early]);
    await traces.insert([makeBatch([makeSpan()])]);
    expect(await traces.readAssessments(query)).toEqual([early]);
    expect(await traces.readAssessments({ ...query, projectId: "other" })).toEqual([]);
  });

  test("a later one of the same name, source and target supersedes; others do not", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    const by = (overrides: Parameters<typeof makeAssessment>[0]) =>
      makeAssessment({ traceId: TRACE, name: "thumbs", sourceId: "ann", ...overrides });
    const old = by({ value: false, createdUs: T0 + 1 });
    const current = by({ value: true, createdUs: T0 + 2 });
    const others = [
      by({ sourceId: "bob" }),
      by({ name: "tone" }),
      by({ spanId: spanIdOf(1) }),
      by({ source: "code" }),
    ];
    const late = by({ value: false, createdUs: T0 });
    await traces.addAssessments("shop", [old]);
    await traces.addAssessments("shop", [current, ...others]);
    await traces.addAssessments("shop", [late, old]);
    const ids = (await traces.readAssessments(query)).map((item) => item.id);
    expect(ids.sort()).toEqual([current, ...others].map((item) => item.id).sort());
  });

  test("one that knows only the answer's id finds its span, whichever comes first", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    const first = makeAssessment({ responseId: "resp_1", name: "a" });
    const second = makeAssessment({ responseId: "resp_1", name: "a", value: false });
    await traces.insert([makeBatch([], { assessments: [first] })]);
    expect(await traces.readAssessments(query)).toEqual([]);
    await traces.insert([makeBatch([makeSpan({ responseId: "resp_1" })])]);
    const joined = { traceId: TRACE, spanId: spanIdOf(1) };
    expect(await traces.readAssessments(query)).toEqual([{ ...first, ...joined }]);
    await traces.addAssessments("shop", [second]);
    expect(await traces.readAssessments(query)).toEqual([{ ...second, ...joined }]);
  });

  test("of a session: alone, or with those of its traces", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    const ofSession = makeAssessment({ sessionId: "conversation", name: "resolved" });
    const ofTrace = makeAssessment({ traceId: traceIdOf(2) });
    const batch = {
      assessments: [ofSession],
      sessionTags: [{ sessionId: "conversation", tags: { label: "x" } }],
    };
    await traces.insert([makeBatch([], batch)]);
    await traces.insert([makeBatch(makeConversation({ sessionId: "conversation", turns: 3 }))]);
    await traces.addAssessments("shop", [ofTrace]);
    const session = { projectId: "shop", sessionId: "conversation", limit: 10 };
    expect(await traces.readAssessments(session)).toEqual([ofSession]);
    expect(await traces.readAssessments({ ...session, includeTraces: true })).toEqual([ofSession, ofTrace]);
    expect(await traces.readAssessments({ ...session, includeTraces: true, limit: 1 })).toHaveLength(1);
    expect((await traces.getSession("shop", "conversation"))?.tags).toMatchObject({ label: "x" });
  });

  test("a repeated key gives the first ids; for other arguments it is a conflict", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    const item = makeAssessment({ traceId: TRACE });
    const again = makeAssessment({ traceId: TRACE });
    const key = { key: "k", argsHash: "h" };
    expect(await traces.addAssessments("shop", [item], key)).toEqual({ ids: [item.id], repeated: false });
    expect(await traces.addAssessments("shop", [again], key)).toEqual({ ids: [item.id], repeated: true });
    const other = traces.addAssessments("shop", [again], { key: "k", argsHash: "other" });
    await expect(other).rejects.toHaveProperty("code", "idempotency_conflict");
    expect(await traces.readAssessments(query)).toEqual([item]);
  });

  test("a malformed target stores nothing of the call", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    const call = traces.addAssessments("shop", [makeAssessment({ traceId: TRACE }), makeAssessment()]);
    await expect(call).rejects.toHaveProperty("code", "invalid_input");
    expect(await traces.readAssessments(query)).toEqual([]);
  });
}
