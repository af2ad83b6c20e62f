import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "../../server/harness.ts";

const home = temporaryHome();
let server: Attached;

const traceId = (trace: number) => `abc${trace}`.padEnd(32, "0");
const SPANS = 30_000;
const LONG = 45_000;

/** A run that repeats itself: no step comes just once, so that nothing but its place tells one from the next. */
const looping = (trace: number, spans: number, words: readonly string[]): string => {
  const lines: string[] = [];
  for (let from = 0; from < spans; from += 5_000) {
    const batch = Array.from({ length: Math.min(5_000, spans - from) }, (_, k) => {
      const i = from + k;
      const start = BigInt(1_760_000_000_000 + i) * 1_000_000n;
      const attributes = i === 0 ? { kind: "AGENT" } : { kind: "TOOL", in: words[i % words.length] };
      return {
        traceId: traceId(trace),
        spanId: (trace * 1_000_000 + i + 1).toString(16).padStart(16, "0"),
        parentSpanId: i === 0 ? "" : (trace * 1_000_000 + 1).toString(16).padStart(16, "0"),
        name: i === 0 ? "agent" : "search",
        startTimeUnixNano: String(start),
        endTimeUnixNano: String(start + 500_000n),
        attributes: [
          { key: "openinference.span.kind", value: { stringValue: attributes.kind } },
          { key: "input.value", value: { stringValue: JSON.stringify({ query: attributes.in ?? "go" }) } },
        ],
      };
    });
    lines.push(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: batch }] }] }));
  }
  return lines.join("\n");
};

const chat = (id: string, turns: number, words: (turn: number) => string) =>
  JSON.stringify({
    session_id: id,
    messages: Array.from({ length: turns }, (_, i) => [
      { role: "user", content: `Question ${i + 1}?` },
      { role: "assistant", content: words(i + 1) },
    ]).flat(),
  });

/** A conversation of so many traces of one call each. */
const endless = (session: string, number: number, traces: number): string => {
  const spans = Array.from({ length: traces }, (_, i) => {
    const start = BigInt(1_760_000_000_000 + i * 1_000) * 1_000_000n;
    const said = { "openinference.span.kind": "LLM", "session.id": session, "input.value": `${i}?` };
    return {
      traceId: (number * 100_000 + i).toString(16).padStart(32, "d"),
      spanId: (number * 100_000 + i).toString(16).padStart(16, "d"),
      name: "answer",
      startTimeUnixNano: String(start),
      endTimeUnixNano: String(start + 500_000n),
      attributes: Object.entries({ ...said, "output.value": "Yes." }).map(([key, stringValue]) => ({
        key,
        value: { stringValue },
      })),
    };
  });
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
};

/** Resident memory of the server at its most, in MB; 0 where the system does not tell. */
const peakMb = (): number => {
  try {
    const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
};

const diff = (id: string, more: JsonObject = {}) =>
  server.call("get_record", { kind: "trace_diff", id, ...more });

const Omitted = z.array(z.object({ kind: z.string(), count: z.number(), how: z.string() }));
const omittedIn = (answer: JsonObject) =>
  new Map(Omitted.parse(answer["omitted"]).map(({ kind, count }) => [kind, count]));

beforeAll(async () => {
  server = await attach({ home: home.path });
  const path = join(home.path, "runs.otlp.jsonl");
  const [long, brief] = [looping(1, LONG, ["a", "b", "c"]), looping(2, SPANS, ["a", "c", "d", "b", "e"])];
  writeFileSync(path, `${long}\n${brief}`);
  const chats = join(home.path, "chats.jsonl");
  const said = (turn: number) => `Answer ${turn}. ${"And so on. ".repeat(30)}`;
  const changed = (turn: number) => (turn === 10 || turn === 200 ? "No idea." : said(turn));
  writeFileSync(chats, [chat("one", 300, said), chat("other", 300, changed)].join("\n"));
  const sessions = join(home.path, "sessions.otlp.jsonl");
  writeFileSync(sessions, `${endless("endless", 1, 2_100)}\n${endless("endless-too", 2, 2_050)}`);
  let job = await server.call("import_traces", { paths: [path, chats, sessions] });
  while (job["state"] === "running" || job["state"] === "queued")
    job = await server.call("get_job", { jobId: String(job["jobId"]), waitSeconds: 20 });
  expect(job["state"]).toBe("done");
}, 240_000);

afterAll(async () => {
  await server.close();
  home.remove();
});

it("two traces of 30,000 and 45,000 spans that nothing anchors: within 8 kB and bounded memory, each cut named", async () => {
  const answer = await diff(`${traceId(1)}..${traceId(2)}`);
  expect(JSON.stringify(answer).length).toBeLessThan(8_000);
  const { steps, counts } = z
    .object({
      steps: z.object({ first: z.number(), second: z.number() }),
      counts: z.record(z.string(), z.number()),
    })
    .parse(answer);
  expect(steps).toEqual({ first: 40_000, second: SPANS });
  const { same = 0, arguments: other = 0, missing = 0, added = 0, result = 0, words = 0 } = counts;
  expect(same + other + result + words + missing).toBe(steps.first);
  expect(same + other + result + words + added).toBe(steps.second);
  expect(answer["coarse"]).toMatch(/^\d+ steps stand in stretches too long/);
  const omitted = omittedIn(answer);
  expect(omitted.get("steps not compared")).toBe(LONG - 40_000);
  const shown = rowsOf(untrustedOf(answer)["diff"]);
  expect(omitted.get("steps that differ")).toBe(other + result + words + missing + added - shown.length);
  const { next } = z.object({ next: z.string() }).parse(answer["page"]);
  const second = await diff(`${traceId(1)}..${traceId(2)}`, { cursor: next });
  expect(JSON.stringify(second).length).toBeLessThan(8_000);
  expect(rowsOf(untrustedOf(second)["diff"])[0]).not.toEqual(shown[0]);
  expect(peakMb()).toBeLessThan(700);
}, 120_000);

it("two conversations of 300 turns: the two answers that differ, and nothing else", async () => {
  const answer = await diff("one..other");
  expect(JSON.stringify(answer).length).toBeLessThan(8_000);
  expect(answer).toMatchObject({
    steps: { first: 600, second: 600 },
    counts: { same: 598, words: 2, added: 0, missing: 0 },
    firstDivergence: { difference: "words", stepOfFirst: 20, stepOfSecond: 20, turn: 10 },
  });
  expect(answer["omitted"]).toBeUndefined();
  expect(rowsOf(untrustedOf(answer)["diff"])).toHaveLength(2);
});

it("of conversations of more than 2,000 traces the rest is counted", async () => {
  const answer = await diff("endless..endless-too");
  expect(JSON.stringify(answer).length).toBeLessThan(8_000);
  expect(omittedIn(answer).get("traces not compared")).toBe(150);
});
