import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Store } from "../../src/store/store.ts";
import type { OpenedStore } from "./contract.ts";
import { makeAssessment, makeBatch, makeSpan, spanIdOf, traceIdOf } from "./fixtures.ts";

type Open = () => Promise<OpenedStore>;

const SETTING = { judges: ["no_refusal"] };
const START = { us: 0, row: 0 };
const LATER = Number.MAX_SAFE_INTEGER;

const send = async (store: Store, trace: number, span: number, sessionId: string | null = null) => {
  await store.traces.insert([
    makeBatch([makeSpan({ traceId: traceIdOf(trace), spanId: spanIdOf(span), sessionId })]),
  ]);
  await store.traces.settle();
};

/** Times of changes are told apart by the millisecond. */
const tick = () => setTimeout(5);

export function scheduleContract(open: Open): void {
  test("a schedule is set, changed, switched off and on again, of its project only", async () => {
    await using opened = await open();
    const { schedules } = opened.store.records;
    expect(await schedules.get("shop")).toBeUndefined();
    await schedules.set("shop", SETTING);
    const first = await schedules.get("shop");
    expect(first).toMatchObject({ projectId: "shop", setting: SETTING, jobId: null });
    expect(first?.fromUs).toBe(first?.setUs);
    await tick();
    await schedules.noteJob("shop", "job-1");
    await schedules.set("shop", { judges: [] });
    const changed = await schedules.get("shop");
    expect(changed).toMatchObject({ setting: { judges: [] }, jobId: "job-1", fromUs: first?.fromUs });
    expect(changed?.setUs).toBeGreaterThan(Number(first?.setUs));
    await schedules.set("shop", null);
    expect(await schedules.get("shop")).toMatchObject({ setting: null, fromUs: first?.fromUs });
    await tick();
    await schedules.set("shop", SETTING);
    expect((await schedules.get("shop"))?.fromUs).toBeGreaterThan(Number(changed?.setUs));
    await schedules.noteJob("other", "job-2");
    await using second = await opened.reopen();
    expect(await second.records.schedules.list()).toMatchObject([
      { projectId: "other", setting: null, setUs: null, fromUs: null, jobId: "job-2" },
      { projectId: "shop", setting: SETTING },
    ]);
  });

  test("traces and sessions in the order of their last change; feedback is none", async () => {
    await using opened = await open();
    const { traces, records } = opened.store;
    const seen = async (level: "traces" | "sessions", after = START, untilUs = LATER, limit = 500) => {
      const page = await records.schedules.changed({ projectId: "shop", level, after, untilUs, limit });
      return { ...page, ids: page.items.map(({ id }) => id) };
    };
    expect((await seen("traces")).ids).toEqual([]);
    await send(opened.store, 1, 1, "chat");
    await tick();
    await send(opened.store, 2, 2, "chat");
    await tick();
    await send(opened.store, 3, 3);
    const all = await seen("traces");
    expect(all.ids).toEqual([1, 2, 3].map(traceIdOf));
    expect((await seen("sessions")).ids).toContain("chat");

    const [first, second] = await Promise.all([
      seen("traces", START, LATER, 2),
      seen("traces", START, LATER, 1),
    ]);
    expect([first.waiting, second.waiting, all.waiting]).toEqual([1, 2, 0]);
    const last = first.items.at(-1)?.place ?? START;
    expect((await seen("traces", last)).ids).toEqual([traceIdOf(3)]);
    expect((await seen("traces", START, last.us)).ids).toEqual([1, 2].map(traceIdOf));

    await tick();
    await traces.addAssessments("shop", [makeAssessment({ traceId: traceIdOf(2) })]);
    await traces.settle();
    expect((await seen("traces")).ids).toEqual([1, 2, 3].map(traceIdOf));
    await tick();
    await send(opened.store, 1, 4, "chat");
    expect((await seen("traces")).ids).toEqual([2, 3, 1].map(traceIdOf));
    expect((await seen("sessions")).ids.at(-1)).toBe("chat");
  });

  test("pages of changes of one moment leave nothing out and show nothing twice", async () => {
    await using opened = await open();
    const { traces, records } = opened.store;
    const numbers = Array.from({ length: 20 }, (_, i) => ((i * 7) % 20) + 1);
    await traces.insert([
      makeBatch(numbers.map((n) => makeSpan({ traceId: traceIdOf(n), sessionId: `s${n}` }))),
    ]);
    await traces.settle();
    for (const level of ["traces", "sessions"] as const) {
      const seen: string[] = [];
      for (let after = START, more = true; more; ) {
        const query = { projectId: "shop", level, after, untilUs: LATER, limit: 3 };
        const { items } = await records.schedules.changed(query);
        seen.push(...items.map(({ id }) => id));
        more = items.length > 0;
        after = items.at(-1)?.place ?? after;
      }
      const all = numbers.map((n) => (level === "traces" ? traceIdOf(n) : `s${n}`));
      expect(seen.toSorted()).toEqual(all.toSorted());
    }
  });

  test("a verdict keeps the rate at which it was drawn", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    await send(opened.store, 1, 1);
    const drawn = makeAssessment({ id: "drawn", traceId: traceIdOf(1), name: "drawn", samplingRate: 0.25 });
    await traces.addAssessments("shop", [drawn, makeAssessment({ id: "plain", traceId: traceIdOf(1) })]);
    const kept = await traces.readAssessments({ projectId: "shop", traceId: traceIdOf(1), limit: 10 });
    expect(Object.fromEntries(kept.map(({ id, samplingRate }) => [id, samplingRate]))).toEqual({
      drawn: 0.25,
      plain: undefined,
    });
  });
}
