import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Answer } from "../../src/model/answer.ts";
import type { Span } from "../../src/model/span.ts";
import { SpanKind } from "../../src/model/span.ts";
import { LEAST_BUDGET } from "../../src/reading/budget.ts";
import { findInTrace } from "../../src/reading/find.ts";
import { readSession } from "../../src/reading/session.ts";
import { readSpan } from "../../src/reading/span.ts";
import { SPAN_FIELDS, spanTexts } from "../../src/reading/span-texts.ts";
import { readTrace } from "../../src/reading/trace.ts";
import { buildTranscript } from "../../src/reading/transcript/build.ts";
import type { TranscriptRow } from "../../src/reading/transcript/rows.ts";
import { makeSpan, spanIdOf, T0, textMessage, traceIdOf } from "../store/fixtures.ts";
import { createMemoryStore } from "./memory-store.ts";

/** Text as hostile as it comes: quotes, control characters, lone surrogates, JSON, long runs. */
const text = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    "\u0000\u001b[31m",
    "\ud800",
    '{"a":"b"}',
    "x".repeat(3_000),
    "line\nline\n",
    '"'.repeat(500),
    "yes",
  ),
);

interface Seed {
  readonly parent: number;
  readonly kind: Span["kind"];
  readonly name: string;
  readonly failed: boolean;
  readonly asked: string;
  readonly answered: string;
  readonly lasts: number;
}

const seed: fc.Arbitrary<Seed> = fc.record({
  parent: fc.nat(40),
  kind: fc.constantFrom(...SpanKind.options),
  name: fc.oneof(fc.constantFrom("search", "chat", "step 1", "step 2"), text),
  failed: fc.boolean(),
  asked: text,
  answered: text,
  lasts: fc.nat(5_000_000),
});

/** A trace of any shape: parents before and after, missing, and even below themselves. */
function toSpans(seeds: readonly Seed[], trace: number): Span[] {
  return seeds.map((each, i) => {
    const speaks = each.kind === "llm" || each.kind === "agent";
    return makeSpan({
      traceId: traceIdOf(trace),
      spanId: spanIdOf(0x12345678_00 + trace * 1_000 + i),
      parentSpanId: i === 0 ? null : spanIdOf(0x12345678_00 + trace * 1_000 + (each.parent % (i + 2))),
      name: each.name,
      kind: each.kind,
      sessionId: "s",
      startUs: T0 + trace * 10_000_000 + i * 1_000,
      endUs: each.lasts % 7 === 0 ? null : T0 + trace * 10_000_000 + i * 1_000 + each.lasts,
      status: each.failed ? "error" : "unset",
      statusMessage: each.failed ? each.answered : null,
      tags: { [each.name]: each.asked },
      content: speaks
        ? {
            inputMessages: [textMessage("user", each.asked)],
            outputMessages: [textMessage("assistant", each.answered)],
          }
        : { input: each.asked, output: each.answered },
      source: { attributes: { a: each.asked } },
    });
  });
}

const budgets = fc.oneof(fc.integer({ min: 400, max: 3_000 }), fc.integer({ min: 400, max: 60_000 }));
const trace = fc.array(seed, { minLength: 1, maxLength: 60 }).map((seeds) => toSpans(seeds, 1));
const session = fc
  .array(fc.array(seed, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 })
  .map((traces) => traces.flatMap((seeds, i) => toSpans(seeds, i + 1)));

const countOf = (answer: Answer, kind: string): number =>
  (answer.omitted ?? []).filter((each) => each.kind === kind).reduce((sum, { count }) => sum + count, 0);

const sizeIn = (answer: Answer, budget: number) =>
  expect(JSON.stringify(answer).length, JSON.stringify(answer)).toBeLessThanOrEqual(
    Math.max(budget, LEAST_BUDGET),
  );

const Spans = z.object({
  spans: z.object({
    total: z.number(),
    alone: z.number(),
    folded: z.number().default(0),
    earlier: z.number().default(0),
  }),
});
const Rows = z.object({
  transcript: z.object({
    rows: z.array(z.tuple([z.number(), z.string(), z.string(), z.string(), z.string()])),
  }),
});
const Sizes = z.object({ sizes: z.record(z.string(), z.number()) });
const Field = z.object({ text: z.string() });
const Hits = z.object({ hits: z.number() });
const Places = z.object({ found: z.object({ rows: z.array(z.array(z.json())) }) }).optional();

const get = async <T>(promise: Promise<T | undefined>): Promise<T> => {
  const value = await promise;
  if (value === undefined) throw new Error("nothing was answered");
  return value;
};

describe("any answer at any budget", () => {
  test("a trace: shown, folded, earlier and omitted spans are all of them, page after page", async () => {
    await fc.assert(
      fc.asyncProperty(trace, budgets, async (spans, budget) => {
        const store = createMemoryStore(spans);
        let cursor: string | undefined;
        let told = 0;
        do {
          const answer = await get(
            readTrace(store, { projectId: "shop", traceId: traceIdOf(1), cursor, budget }),
          );
          sizeIn(answer, budget);
          const counts = Spans.parse(answer.data).spans;
          expect(counts.earlier).toBe(told);
          told += counts.alone + counts.folded;
          expect(told + countOf(answer, "spans")).toBe(spans.length);
          expect(counts.total).toBe(spans.length);
          cursor = answer.page?.next ?? undefined;
        } while (cursor !== undefined);
        expect(told).toBe(spans.length);
      }),
      { numRuns: 150 },
    );
  });

  test("a session: every row is on one page, in order", async () => {
    await fc.assert(
      fc.asyncProperty(session, budgets, async (spans, budget) => {
        const store = createMemoryStore(spans);
        const whole: TranscriptRow[] = [];
        for await (const row of buildTranscript(store, "shop", "s")) whole.push(row);
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const answer = await get(readSession(store, { projectId: "shop", sessionId: "s", cursor, budget }));
          sizeIn(answer, budget);
          const { rows } = Rows.parse(answer.untrusted).transcript;
          expect(countOf(answer, "rows before")).toBe(seen.length);
          seen.push(...rows.map(([turn, role, , span]) => `${turn} ${role} ${span}`));
          expect(seen.length + countOf(answer, "rows")).toBe(whole.length);
          cursor = answer.page?.next ?? undefined;
        } while (cursor !== undefined);
        expect(seen).toEqual(whole.map((row) => `${row.turn} ${row.role} ${row.spanId.slice(0, 8)}`));
      }),
      { numRuns: 150 },
    );
  });

  test("a span: of each field what is shown and what is counted as left out is the whole", async () => {
    await fc.assert(
      fc.asyncProperty(trace, budgets, async (spans, budget) => {
        const [span] = spans;
        if (!span) return;
        const store = createMemoryStore([span]);
        const where = { projectId: "shop", traceId: span.traceId, spanId: span.spanId, budget };
        const answer = await get(readSpan(store, where));
        sizeIn(answer, budget);
        const texts = spanTexts(span);
        const { sizes } = Sizes.parse(answer.data);
        for (const field of SPAN_FIELDS) {
          const full = texts.get(field) ?? "";
          expect(sizes[field] ?? 0).toBe(full.length);
          if (field === "attributes") continue;
          const shown = answer.untrusted?.[field] ?? "";
          expect(String(shown).length + countOf(answer, `characters of ${field}`)).toBe(full.length);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("a long field read to its end gives exactly the field", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), budgets, async (texts, budget) => {
        const long = texts.join("").replace(/[\ud800-\udfff]/g, "?");
        const span = makeSpan({ content: { output: long } });
        const store = createMemoryStore([span]);
        let read = "";
        for (;;) {
          const query = {
            projectId: "shop",
            traceId: span.traceId,
            spanId: span.spanId,
            offset: read.length,
            budget,
          };
          const answer = await get(readSpan(store, { ...query, field: "output" }));
          sizeIn(answer, budget);
          read += Field.parse(answer.untrusted).text;
          const left = countOf(answer, "characters of output");
          expect(read.length + left).toBe(long.length);
          if (left === 0) break;
        }
        expect(read).toBe(long);
      }),
      { numRuns: 100 },
    );
  });

  test("find: hits shown and hits counted are all", async () => {
    await fc.assert(
      fc.asyncProperty(
        trace,
        budgets,
        fc.constantFrom("x", "e", "yes", "/[a-z]{2}/i"),
        async (spans, budget, pattern) => {
          const store = createMemoryStore(spans);
          const answer = await findInTrace(store, {
            projectId: "shop",
            traceId: traceIdOf(1),
            pattern,
            budget,
          });
          sizeIn(answer, budget);
          const rows = Places.parse(answer.untrusted)?.found.rows ?? [];
          const inRows = rows.reduce((sum, row) => sum + Number(row[2]), 0);
          expect(inRows + countOf(answer, "hits in rows left out")).toBe(Hits.parse(answer.data).hits);
        },
      ),
      { numRuns: 100 },
    );
  });
});
