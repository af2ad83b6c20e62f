import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Span } from "../../src/model/span.ts";
import { normalizeSpan } from "../../src/telemetry/conventions/index.ts";
import { decodeTraceRequest } from "../../src/telemetry/otlp/decode.ts";
import { makeBatch } from "./fixtures.ts";
import { openRollupStore, partition } from "./rollup-store.ts";

const data = process.env.EVALWRIGHT_TEST_DATA;
const FILES = ["gpt-5.4", "opus-4.6-a", "sonnet-4.5"];

interface Loaded {
  readonly spans: Span[];
  /** Trace id -> the conversation that the source named, now stripped. */
  readonly truth: Map<string, string>;
}

function load(name: string): Loaded {
  const file = join(data ?? "", "tau2-airline", `${name}.otlp.jsonl.gz`);
  const lines = gunzipSync(readFileSync(file)).toString("utf8").trim().split("\n");
  const truth = new Map<string, string>();
  const spans = lines.flatMap((line) =>
    decodeTraceRequest(Buffer.from(line), "json").spans.map((raw) => {
      const span = normalizeSpan(raw, { arrivedUs: Date.now() * 1000 }).span;
      if (span.sessionId) truth.set(span.traceId, `${name}/${span.sessionId}`);
      return { ...span, sessionId: null };
    }),
  );
  return { spans, truth };
}

/** Deterministic order: a linear congruential generator picks. */
function shuffle<T>(items: readonly T[], seed: number): T[] {
  const rest = [...items];
  let state = seed;
  for (let i = rest.length - 1; i > 0; i--) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const j = state % (i + 1);
    const [a, b] = [rest[i], rest[j]];
    if (a !== undefined && b !== undefined) {
      rest[i] = b;
      rest[j] = a;
    }
  }
  return rest;
}

const groups = (truth: ReadonlyMap<string, string>) => {
  const members = new Map<string, string[]>();
  for (const [trace, session] of truth) members.set(session, [...(members.get(session) ?? []), trace]);
  return [...members.values()].map((traces) => traces.sort().join(" ")).sort();
};

describe.skipIf(!data)("real conversations without session ids (needs EVALWRIGHT_TEST_DATA)", () => {
  test.each(FILES)(
    "%s: the same 50 groups, in any order of arrival",
    async (name) => {
      const { spans, truth } = load(name);
      expect(new Set(truth.values()).size).toBe(50);
      for (const order of [spans, [...spans].reverse(), shuffle(spans, 7)]) {
        using store = openRollupStore();
        for (let at = 0; at < order.length; at += 97) {
          await store.insert(makeBatch(order.slice(at, at + 97)));
          store.rollups.settle();
        }
        expect(partition(store.db)).toEqual(groups(truth));
      }
    },
    120_000,
  );

  test("all three in one project stay 150 conversations", async () => {
    const loaded = FILES.map(load);
    const truth = new Map(loaded.flatMap((file) => [...file.truth]));
    const all = loaded.flatMap((file) => file.spans);
    for (const order of [all, shuffle(all, 3)]) {
      using store = openRollupStore();
      for (let at = 0; at < order.length; at += 401) {
        await store.insert(makeBatch(order.slice(at, at + 401)));
        store.rollups.settle();
      }
      expect(partition(store.db)).toEqual(groups(truth));
    }
  }, 120_000);
});
