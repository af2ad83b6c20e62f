import type { Context } from "../context.ts";
import type { Answer, NextCall, Omission } from "../model/answer.ts";
import type { Assessment } from "../model/assessment.ts";
import type { Json } from "../model/json.ts";
import type { SessionSummary, Totals, TraceSummary } from "../model/trace.ts";
import { acceptFilter } from "../registry/accept-filter.ts";
import type { Page, SearchQuery, TraceOrder } from "../store/store.ts";
import { budgetFor, cut, sizeOf } from "./budget.ts";
import { FAILED_INSIDE, insteadOfStatus } from "./failed-inside.ts";
import { shortDuration, shortMoney, shortNumber, shortTime } from "./format.ts";
import { realUse } from "./real-use.ts";
import { sealedOmission } from "./sealed.ts";
import { whereDataIs } from "./where-data-is.ts";

export interface SearchInput {
  readonly filter?: string | undefined;
  readonly order: TraceOrder;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly waitSeconds: number;
  readonly maxTokens?: number | undefined;
}

type Searching = Pick<Context, "store" | "project" | "collector" | "now" | "signal">;

const POLL_MS = 400;

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** Asks until something matches or the wait is over: what just ran may still be in its exporter's queue. */
async function poll<T>(
  context: Searching,
  input: SearchInput,
  ask: () => Promise<Page<T>>,
): Promise<Page<T>> {
  const until = Date.now() + input.waitSeconds * 1_000;
  let page = await ask();
  while (page.items.length === 0 && Date.now() < until && !context.signal.aborted) {
    await sleep(Math.min(POLL_MS, Math.max(0, until - Date.now())));
    page = await ask();
  }
  return page;
}

/** What is asked for, without the runs of evaluations unless the filter says so. */
async function queryOf(context: Searching, input: SearchInput, level: "trace" | "session") {
  const asked = await acceptFilter(context, input.filter ?? "", level);
  const { filter, omitted } = await realUse(context.store.traces, context.project.id, asked, level);
  const query = (limit: number): SearchQuery => ({
    projectId: context.project.id,
    filter,
    order: input.order,
    limit,
    cursor: input.cursor,
  });
  return { query, omitted };
}

/** A row's cells: what every row has, then how it ended; empty columns are dropped afterwards. */
type Cells = Readonly<Record<string, Json>>;

const gist = (text: string | null, max: number): string | null =>
  text === null ? null : cut(text.replace(/\s+/g, " ").trim(), max).text || null;

const totalsCells = (totals: Totals): Cells => ({
  tokens:
    totals.inputTokens === null && totals.outputTokens === null
      ? null
      : `${shortNumber(totals.inputTokens ?? 0)}>${shortNumber(totals.outputTokens ?? 0)}`,
  cost:
    totals.costUsd === null ? null : `${totals.unpricedCalls > 0 ? "≥" : ""}${shortMoney(totals.costUsd)}`,
  tools: totals.toolCalls || null,
  errors: totals.errors || null,
});

const FEEDBACK_CHARS = 80;

/** As many whole as fit, and how many more there are. */
function feedbackGist(items: readonly Assessment[]): string | null {
  const said = items.map((a) => cut(`${a.name}=${String(a.value)}`, FEEDBACK_CHARS).text);
  const fits = said.filter((_, i) => i === 0 || said.slice(0, i + 1).join(" ").length <= FEEDBACK_CHARS);
  if (fits.length === 0) return null;
  return [...fits, ...(fits.length < said.length ? [`+${said.length - fits.length}`] : [])].join(" ");
}

/** Random ids are told apart by their beginning, which every tool accepts; names are not. */
const shortSession = (id: string): string =>
  /^[0-9a-f-]{24,}$/i.test(id) ? id.slice(0, 13) : cut(id, 80).text;

const traceCells = (trace: TraceSummary, shortest: number, feedback: string | null): Cells => ({
  id: trace.traceId.slice(0, shortest),
  started: shortTime(trace.startUs),
  took: trace.endUs === null ? "running" : shortDuration(trace.endUs - trace.startUs),
  status: trace.status === "unset" ? null : trace.status,
  name: gist(trace.name, 60),
  session: trace.sessionId === null ? null : shortSession(trace.sessionId),
  ...totalsCells(trace.totals),
  feedback,
  in: gist(trace.inputPreview, 110),
  out: gist(
    trace.status === "error" ? (trace.errorPreview ?? trace.outputPreview) : trace.outputPreview,
    110,
  ),
});

const sessionCells = (session: SessionSummary, feedback: string | null): Cells => ({
  id: shortSession(session.sessionId),
  started: shortTime(session.startUs),
  took: session.endUs === null ? null : shortDuration(session.endUs - session.startUs),
  turns: session.turns,
  status: session.status === "unset" ? null : session.status,
  inferred: session.inferred || null,
  ...totalsCells(session.totals),
  feedback,
  first: gist(session.inputPreview, 110),
  last: gist(
    session.status === "error"
      ? (session.errorPreview ?? session.outputPreview)
      : (session.outputPreview ?? session.errorPreview),
    110,
  ),
});

/** Columns that some row fills, then rows that fit. */
function tabulate(rows: readonly Cells[], budget: number) {
  const columns = Object.keys(rows[0] ?? {}).filter((column) => rows.some((row) => row[column] !== null));
  const cells = rows.map((row) => columns.map((column) => row[column] ?? null));
  let size = sizeOf(columns) + 30;
  let count = 0;
  for (const row of cells) {
    size += sizeOf(row) + 1;
    if (size > budget && count > 0) break;
    count += 1;
  }
  return { columns, rows: cells.slice(0, count) };
}

/** The fewest hex digits, at least 8, that tell these traces apart. */
function shortestPrefix(ids: readonly string[]): number {
  for (let length = 8; length < 32; length += 4) {
    if (new Set(ids.map((id) => id.slice(0, length))).size === new Set(ids).size) return length;
  }
  return 32;
}

interface Listed<T> {
  readonly page: Page<T>;
  readonly cells: readonly Cells[];
  readonly next: (item: T) => readonly NextCall[];
  readonly unit: "traces" | "sessions";
  /** Runs of evaluations, which are not asked for. */
  readonly runs: readonly Omission[];
}

/** Where no run failed as a whole: those that match with a failed step inside, if there are any. */
async function failedInside(
  context: Searching,
  input: SearchInput,
  level: "traces" | "sessions",
): Promise<NextCall[]> {
  const filter = insteadOfStatus(input.filter ?? "");
  if (filter === undefined || input.cursor !== undefined) return [];
  const { query } = await queryOf(context, { ...input, filter }, level === "sessions" ? "session" : "trace");
  const { traces } = context.store;
  const page = await (level === "sessions" ? traces.searchSessions(query(1)) : traces.searchTraces(query(1)));
  return page.items.length > 0
    ? [{ tool: "search_traces", arguments: { filter, level }, why: FAILED_INSIDE }]
    : [];
}

/**
 * The page as a table. When fewer rows fit than were found, the cursor is asked for again with just those, so
 * that the next page starts at the first row not shown.
 */
async function listAnswer<T>(
  context: Searching,
  input: SearchInput,
  listed: Listed<T>,
  again: (limit: number) => Promise<Page<T>>,
): Promise<Answer> {
  const { page, cells, unit } = listed;
  const leftOut =
    input.cursor === undefined ? [...listed.runs, ...(await sealedOmission(context, unit))] : [];
  if (page.items.length === 0) {
    return {
      data: input.cursor ? {} : await whereDataIs(context, Boolean(input.filter)),
      page: { returned: 0, total: page.total, next: null },
      omitted: leftOut,
      next: await failedInside(context, input, unit),
    };
  }
  const budget = budgetFor(input.maxTokens);
  const table = tabulate(cells, budget - 700 - JSON.stringify(leftOut).length);
  const shown = table.rows.length;
  const next = shown < page.items.length ? (await again(shown)).next : page.next;
  const left = page.total === null ? null : page.total - shown;
  const omitted: Omission[] =
    next === null || input.cursor !== undefined
      ? []
      : [{ kind: unit, count: left ?? -1, how: "Repeat with cursor = page.next, or narrow the filter." }];
  const first = page.items[0];
  return {
    data: { timesAre: "UTC" },
    untrusted: { columns: [...table.columns], rows: table.rows },
    page: { returned: shown, total: page.total, next },
    omitted: [
      ...omitted
        .filter((omission) => omission.count !== 0)
        .map((o) => (o.count < 0 ? { ...o, kind: `${unit} (at least)`, count: 1 } : o)),
      ...leftOut,
    ],
    next: first === undefined ? [] : listed.next(first),
  };
}

/** search_traces, level traces. */
export async function searchTraces(context: Searching, input: SearchInput): Promise<Answer> {
  const { traces } = context.store;
  const { query, omitted: runs } = await queryOf(context, input, "trace");
  const ask = (limit: number) => traces.searchTraces(query(limit));
  const page = await poll(context, input, () => ask(input.limit));
  const shortest = shortestPrefix(page.items.map((trace) => trace.traceId));
  const cells = await Promise.all(
    page.items.map(async (trace) =>
      traceCells(
        trace,
        shortest,
        feedbackGist(
          await traces.readAssessments({ projectId: context.project.id, traceId: trace.traceId, limit: 5 }),
        ),
      ),
    ),
  );
  const next = (trace: TraceSummary): NextCall[] => [
    {
      tool: "get_trace",
      arguments: { traceId: trace.traceId.slice(0, shortest) },
      why: "read the first one",
    },
  ];
  return listAnswer(context, input, { page, cells, next, unit: "traces", runs }, ask);
}

/** search_traces, level sessions. */
export async function searchSessions(context: Searching, input: SearchInput): Promise<Answer> {
  const { traces } = context.store;
  const { query, omitted: runs } = await queryOf(context, input, "session");
  const ask = (limit: number) => traces.searchSessions(query(limit));
  const page = await poll(context, input, () => ask(input.limit));
  const cells = await Promise.all(
    page.items.map(async (session) =>
      sessionCells(
        session,
        feedbackGist(
          await traces.readAssessments({
            projectId: context.project.id,
            sessionId: session.sessionId,
            limit: 5,
          }),
        ),
      ),
    ),
  );
  return listAnswer(context, input, { page, cells, next: () => [], unit: "sessions", runs }, ask);
}
