import type { Assessment } from "../model/assessment.ts";
import type { TraceSummary } from "../model/trace.ts";
import { cut } from "../reading/budget.ts";
import { spansOf, tracesOf } from "../reading/store-pages.ts";
import { writeRows } from "../reading/transcript/build.ts";
import { draftTraces } from "../reading/transcript/draft.ts";
import type { TranscriptRow } from "../reading/transcript/rows.ts";
import type { TraceStore } from "../store/store.ts";

/** A model call as signals need it. */
export interface ModelCall {
  readonly turn: number;
  readonly spanId: string;
  readonly failed: boolean;
  readonly finishReasons: readonly string[];
}

/** What signals look at: one session, or one trace with what was said from its last question on. */
export interface Conversation {
  readonly id: string;
  readonly level: "traces" | "sessions";
  readonly traces: readonly TraceSummary[];
  /** Long texts are cut at `ROW_CHARS`. */
  readonly rows: readonly TranscriptRow[];
  readonly calls: readonly ModelCall[];
  readonly assessments: readonly Assessment[];
  /** Rows and model calls beyond what is looked at. */
  readonly leftOut: number;
}

const MAX_TRACES = 2_000;
const MAX_ROWS = 5_000;
const MAX_CALLS = 5_000;
const ROW_CHARS = 8_000;
const MAX_ASSESSMENTS = 1_000;

async function readRows(
  store: TraceStore,
  projectId: string,
  traces: readonly TraceSummary[],
): Promise<{ readonly rows: TranscriptRow[]; readonly leftOut: number }> {
  const { rows: drafts } = await draftTraces(store, projectId, traces);
  const rows: TranscriptRow[] = [];
  for await (const row of writeRows(store, projectId, drafts.slice(0, MAX_ROWS)))
    rows.push({ ...row, text: cut(row.text, ROW_CHARS).text });
  return { rows, leftOut: Math.max(0, drafts.length - MAX_ROWS) };
}

async function readCalls(
  store: TraceStore,
  projectId: string,
  traces: readonly TraceSummary[],
): Promise<{ readonly calls: ModelCall[]; readonly leftOut: number }> {
  const calls: ModelCall[] = [];
  let leftOut = 0;
  for (const [i, { traceId, totals }] of traces.entries()) {
    if (totals.llmCalls === 0) continue;
    for await (const page of spansOf(store, projectId, traceId))
      for (const { head } of page) {
        if (head.kind !== "llm") continue;
        if (calls.length >= MAX_CALLS) leftOut += 1;
        else
          calls.push({
            turn: i + 1,
            spanId: head.spanId,
            failed: head.status === "error",
            finishReasons: head.finishReasons,
          });
      }
  }
  return { calls, leftOut };
}

/** An agent is sent the whole history with each turn: of a trace only what came from its last question on is its own. */
const fromLastQuestion = (rows: readonly TranscriptRow[]): readonly TranscriptRow[] =>
  rows.slice(
    Math.max(
      0,
      rows.findLastIndex(({ role }) => role === "user"),
    ),
  );

async function tracesIn(store: TraceStore, projectId: string, level: Conversation["level"], id: string) {
  const traces: TraceSummary[] = [];
  if (level === "traces") {
    const trace = await store.getTrace(projectId, id);
    return trace ? [trace] : [];
  }
  for await (const trace of tracesOf(store, projectId, id)) {
    traces.push(trace);
    if (traces.length >= MAX_TRACES) break;
  }
  return traces;
}

/** Reads one session or trace; null when it is gone. Holds at most 5,000 rows of 8,000 characters. */
export async function readConversation(
  store: TraceStore,
  projectId: string,
  level: Conversation["level"],
  id: string,
): Promise<Conversation | null> {
  const traces = await tracesIn(store, projectId, level, id);
  if (traces.length === 0) return null;
  const { rows, leftOut } = await readRows(store, projectId, traces);
  const models = await readCalls(store, projectId, traces);
  const assessments = await store.readAssessments({
    projectId,
    ...(level === "sessions" ? { sessionId: id, includeTraces: true } : { traceId: id }),
    limit: MAX_ASSESSMENTS,
  });
  return {
    id,
    level,
    traces,
    rows: level === "traces" ? fromLastQuestion(rows) : rows,
    calls: models.calls,
    assessments,
    leftOut: leftOut + models.leftOut,
  };
}

export const costOf = ({ traces }: Pick<Conversation, "traces">): number | null => {
  const known = traces.flatMap(({ totals }) => totals.costUsd ?? []);
  return known.length === 0 ? null : known.reduce((sum, cost) => sum + cost, 0);
};

/** Time in which the agent worked: the sum over traces, without the pauses between turns. */
export const durationOf = ({ traces }: Pick<Conversation, "traces">): number | null =>
  traces.reduce<number | null>(
    (sum, { startUs, endUs }) => (sum === null || endUs === null ? null : sum + (endUs - startUs) / 1_000),
    0,
  );

export const stepsOf = ({ traces }: Pick<Conversation, "traces">): number =>
  traces.reduce((sum, { totals }) => sum + totals.llmCalls + totals.toolCalls, 0);
