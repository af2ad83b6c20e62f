import type { Context } from "../context.ts";
import type { Answer, Omission } from "../model/answer.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { acceptFilter } from "../registry/accept-filter.ts";
import type { CountRow, Percentiles, Top, TraceAggregate } from "../store/store.ts";
import { budgetFor, cut, sizeOf } from "./budget.ts";
import { FAILED_INSIDE, insteadOfStatus } from "./failed-inside.ts";
import { shortDuration, shortMoney, shortNumber } from "./format.ts";
import { realUse } from "./real-use.ts";
import { sealedOmission } from "./sealed.ts";
import { isoSeconds, whereDataIs } from "./where-data-is.ts";

export interface SummaryInput {
  readonly filter?: string | undefined;
  readonly compareTo?: string | undefined;
  readonly maxTokens?: number | undefined;
}

type Summarizing = Pick<Context, "store" | "project" | "collector" | "now">;

/** Rows asked of the store per table; how many are shown depends on the budget. */
const TOP = 40;

const percent = (part: number, whole: number): string =>
  whole === 0 ? "0%" : `${((100 * part) / whole).toFixed(part * 100 < whole * 10 ? 1 : 0)}%`;

const duration = (p: Percentiles | null): Json =>
  p === null ? null : `${shortDuration(p.p50 * 1_000)}/${shortDuration(p.p95 * 1_000)}`;

/** Counts that are ours to say: they name nothing from a trace. */
function totals(a: TraceAggregate): JsonObject {
  return {
    traces: a.traces,
    sessions: a.sessions,
    failed: `${a.failedTraces} (${percent(a.failedTraces, a.traces)})`,
    withErrorsInside: `${a.tracesWithErrors} (${percent(a.tracesWithErrors, a.traces)})`,
    ...(a.firstUs === null || a.lastUs === null
      ? {}
      : { from: isoSeconds(a.firstUs), to: isoSeconds(a.lastUs) }),
    ...(a.durationMs
      ? { "durationP50/P95": duration(a.durationMs), durationMax: shortDuration(a.durationMs.max * 1_000) }
      : {}),
    llmCalls: a.llmCalls,
    "tokensIn>out": `${shortNumber(a.inputTokens)}>${shortNumber(a.outputTokens)}`,
    ...(a.cacheReadTokens > 0 ? { cachedShare: percent(a.cacheReadTokens, a.inputTokens) } : {}),
    ...(a.costUsd === null ? {} : { cost: `${a.unpricedCalls > 0 ? "≥" : ""}${shortMoney(a.costUsd)}` }),
    ...(a.unpricedCalls > 0 ? { unpricedCalls: a.unpricedCalls } : {}),
  };
}

/** One table of the summary; the store's order (most frequent first) is kept when rows are left out. */
interface Section {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Json[])[];
  readonly total: number;
}

const counted = (rows: readonly CountRow[], max: number): string =>
  rows
    .slice(0, max)
    .map((row) => `${cut(row.value, 30).text}:${row.count}`)
    .join(" ") + (rows.length > max ? ` +${rows.length - max} more` : "");

const section = <T>(
  name: string,
  columns: readonly string[],
  top: Top<T>,
  row: (item: T) => readonly Json[],
): Section => ({
  name,
  columns,
  rows: top.rows.map(row),
  total: top.total,
});

function sections(a: TraceAggregate): Section[] {
  return [
    section("errors", ["signature", "kind", "span", "count", "traces", "example"], a.errors, (e) => [
      cut(e.signature, 160).text,
      e.kind,
      cut(e.name, 50).text,
      e.count,
      e.traces,
      e.exampleTraceId.slice(0, 12),
    ]),
    section("feedback", ["name", "source", "n", "mean", "values"], a.feedback, (f) => [
      cut(f.name, 50).text,
      f.source,
      f.n,
      f.mean === null ? null : Number(f.mean.toFixed(3)),
      counted(f.values, 6),
    ]),
    section("tools", ["tool", "calls", "errors", "p50/p95"], a.tools, (t) => [
      cut(t.name, 60).text,
      t.calls,
      t.errors,
      duration(t.durationMs),
    ]),
    section("models", ["model", "calls", "in>out", "cost"], a.models, (m) => [
      cut(m.name, 60).text,
      m.calls,
      `${shortNumber(m.inputTokens)}>${shortNumber(m.outputTokens)}`,
      m.costUsd === null ? null : shortMoney(m.costUsd),
    ]),
    section("findings", ["finding", "traces"], a.findings, (f) => [f.value, f.count]),
    section("agents", ["agent", "traces"], a.agents, (f) => [cut(f.value, 60).text, f.count]),
    section("services", ["service", "traces"], a.services, (f) => [cut(f.value, 60).text, f.count]),
  ].filter((s) => s.total > 0 && (s.total > 1 || !["agents", "services"].includes(s.name)));
}

/** Gives each section rows in turn, so that one long table cannot push out the others. */
function share(all: readonly Section[], budget: number): Map<string, number> {
  const taken = new Map(all.map((s) => [s.name, 0]));
  let left = budget - all.reduce((sum, s) => sum + sizeOf([...s.columns]) + s.name.length + 26, 0);
  for (let grew = true; grew; ) {
    grew = false;
    for (const s of all) {
      const at = taken.get(s.name) ?? 0;
      const row = s.rows[at];
      if (row === undefined) continue;
      const size = sizeOf([...row]) + 1;
      if (size > left) continue;
      left -= size;
      taken.set(s.name, at + 1);
      grew = true;
    }
  }
  return taken;
}

function tables(all: readonly Section[], budget: number): { shown: JsonObject; omitted: Omission[] } {
  const taken = share(all, budget);
  const shown: JsonObject = {};
  const omitted: Omission[] = [];
  for (const s of all) {
    const rows = s.rows.slice(0, taken.get(s.name) ?? 0);
    if (rows.length > 0) shown[s.name] = { columns: [...s.columns], rows: rows.map((row) => [...row]) };
    if (rows.length < s.total) {
      omitted.push({
        kind: `rows of ${s.name}`,
        count: s.total - rows.length,
        how: "Raise maxTokens, narrow the filter, or query_sql.",
      });
    }
  }
  return { shown, omitted };
}

/**
 * summarize_traces: one window, or two side by side. Error signatures have their numbers and ids masked, so that
 * one cause is one row; each row has an example to open.
 */
export async function summarizeTraces(context: Summarizing, input: SummaryInput): Promise<Answer> {
  const projectId = context.project.id;
  const of = async (text: string) => {
    const asked = await acceptFilter(context, text, "trace");
    const { filter, omitted: runs } = await realUse(context.store.traces, context.project.id, asked, "trace");
    return { ...(await context.store.traces.aggregate({ projectId, filter, topN: TOP })), runs };
  };
  const [main, other, hidden] = await Promise.all([
    of(input.filter ?? ""),
    input.compareTo === undefined ? null : of(input.compareTo),
    sealedOmission(context, "traces"),
  ]);
  const leftOut = [
    ...main.runs,
    ...(other?.runs ?? []).map((o) => ({ ...o, kind: `${o.kind} of comparedTo` })),
    ...hidden,
  ];
  if (main.traces === 0 && !other?.traces) {
    const filter = insteadOfStatus(input.filter ?? "");
    const inside = filter === undefined ? undefined : await of(filter);
    return {
      data: await whereDataIs(context, Boolean(input.filter)),
      omitted: leftOut,
      next:
        filter !== undefined && inside !== undefined && inside.traces > 0
          ? [{ tool: "summarize_traces", arguments: { filter }, why: FAILED_INSIDE }]
          : [],
    };
  }
  const budget = budgetFor(input.maxTokens) - 900 - JSON.stringify(leftOut).length;
  const mine = tables(sections(main), other ? budget / 2 : budget);
  const theirs = other ? tables(sections(other), budget / 2) : null;
  const example = main.errors.rows[0]?.exampleTraceId;
  return {
    data: {
      totals: totals(main),
      ...(other
        ? { comparedTo: totals(other), note: "Counts only; differences are not tested for chance." }
        : {}),
    },
    untrusted: theirs ? { ...mine.shown, comparedTo: theirs.shown } : mine.shown,
    omitted: [
      ...mine.omitted,
      ...(theirs?.omitted ?? []).map((o) => ({ ...o, kind: `${o.kind} of comparedTo` })),
      ...leftOut,
    ],
    next: example
      ? [
          {
            tool: "get_trace",
            arguments: { traceId: example.slice(0, 12) },
            why: "an example of the commonest error",
          },
        ]
      : [],
  };
}
