import { invalidInput } from "../errors.ts";
import type { Answer, Omission } from "../model/answer.ts";
import type { Assessment } from "../model/assessment.ts";
import type { JsonObject } from "../model/json.ts";
import type { SessionSummary } from "../model/trace.ts";
import type { TraceStore } from "../store/store.ts";
import { cut, LEAST_BUDGET, sizeOf } from "./budget.ts";
import { compact, factsOf, namesWithin } from "./header.ts";
import { fitRows, type RowPage } from "./session-rows.ts";
import { shortId } from "./short.ts";
import { writeRows } from "./transcript/build.ts";
import { type DraftedTranscript, draftTranscript } from "./transcript/draft.ts";
import type { TranscriptRow } from "./transcript/rows.ts";

export interface SessionQuery {
  readonly projectId: string;
  readonly sessionId: string;
  readonly cursor?: string | undefined;
  /** From the start of the conversation; the only order so far. */
  readonly order?: "start" | undefined;
  readonly budget: number;
  /** For judges: what people and other judges said is left out. */
  readonly withoutFeedback?: true | undefined;
  /** What is known of the judge that gave feedback, in words of ours; undefined: no judge of ours gave it. */
  readonly trustIn?: ((assessment: Assessment) => string | undefined) | undefined;
}

const MAX_FEEDBACK = 2_000;
const TURNS_NAMED = 12;

const times = (count: number): string => (count > 1 ? ` ×${count}` : "");

const onTurns = (turns: readonly number[]): string => {
  if (turns.length === 0) return "";
  const named = turns
    .toSorted((a, b) => a - b)
    .slice(0, TURNS_NAMED)
    .join(", ");
  return ` [turn ${named}${turns.length > TURNS_NAMED ? `, and ${turns.length - TURNS_NAMED} more` : ""}]`;
};

/** Each name with its values: `thumbs: false ×2 (end_user)`, then why, where somebody said so. */
function feedbackWords(
  assessments: readonly Assessment[],
  trustIn: SessionQuery["trustIn"] = () => undefined,
): string[] {
  const groups = new Map<string, { count: number; turns: number[]; why: string[] }>();
  for (const assessment of assessments) {
    const { name, value, source, kind, rationale, traceId, turn } = assessment;
    const trust = trustIn(assessment);
    const what = kind === "expectation" ? `expected ${name}` : name;
    const key = `${what}: ${value === null ? "" : String(value).slice(0, 160)} (${source}${traceId ? `, on ${shortId(traceId)}` : ""}${turn ? ", by turn" : ""}${trust ? `, ${trust}` : ""})`;
    const group = groups.get(key) ?? { count: 0, turns: [], why: [] };
    groups.set(key, {
      count: group.count + 1,
      turns: turn ? [...group.turns, turn] : group.turns,
      why: rationale ? [...group.why, rationale.slice(0, 200)] : group.why,
    });
  }
  return [...groups]
    .sort(([, a], [, b]) => Number(a.turns.length > 0) - Number(b.turns.length > 0))
    .map(([key, { count, turns, why }]) =>
      [`${key}${times(count)}${onTurns(turns)}`, ...why.slice(0, 2)].join(" — "),
    );
}

function startOf(cursor: string | undefined, total: number): number {
  if (cursor === undefined) return 0;
  const digits = /^rows:(\d{1,9})$/.exec(cursor)?.[1];
  if (digits === undefined || Number(digits) >= total)
    throw invalidInput("cursor is not one that get_session gave", "Leave it out to begin at the beginning.");
  return Number(digits);
}

/** Rows from `from` on: no more than could fit, even if each were cut to next to nothing. */
async function rowsFrom(
  store: TraceStore,
  projectId: string,
  drafted: DraftedTranscript,
  from: number,
  budget: number,
): Promise<TranscriptRow[]> {
  const rows: TranscriptRow[] = [];
  const most = Math.ceil(budget / 25) + 1;
  for await (const row of writeRows(store, projectId, drafted.rows.slice(0, from + most), from))
    rows.push(row);
  return rows;
}

interface Header {
  readonly data: JsonObject;
  readonly names: JsonObject;
  readonly omitted: readonly Omission[];
}

function assemble(header: Header, page: RowPage, from: number, total: number): Answer {
  const end = from + page.rows.length;
  const next = end < total ? `rows:${end}` : null;
  const omitted: Omission[] = [
    ...(from > 0 ? [{ kind: "rows before", count: from, how: "no cursor" }] : []),
    ...(next ? [{ kind: "rows", count: total - end, how: "get_session with cursor" }] : []),
    ...(page.cutChars > 0
      ? [
          {
            kind: "characters of texts",
            count: page.cutChars,
            how: "get_trace with the row's trace and span",
          },
        ]
      : []),
    ...header.omitted,
  ];
  return {
    data: { ...header.data, traces: page.traces },
    untrusted: {
      ...header.names,
      transcript: { columns: ["turn", "role", "text", "span", "at"], rows: [...page.rows] },
    },
    page: { returned: page.rows.length, total, next },
    ...(omitted.length > 0 && { omitted }),
  };
}

const WIDE = 999_999_999;

interface Opening {
  readonly session: SessionSummary;
  readonly drafted: DraftedTranscript;
  readonly feedback: string;
  readonly isFirst: boolean;
  readonly budget: number;
}

/** What stands above the rows: all of it on the first page, on others only what names the session. */
function headerOf({ session, drafted, feedback, isFirst, budget }: Opening): Header {
  const tags = Object.entries(session.tags).map(([key, value]) => `${key}=${value}`);
  const whole = {
    agent: session.agentName,
    service: session.service === session.agentName ? null : session.service,
    models: session.models.join(", "),
    user: session.userId,
    tags: tags.join(", "),
  };
  const names = namesWithin(
    compact({ session: session.sessionId, ...(isFirst && whole) }),
    Math.floor(budget / 8),
    "search_traces, or more maxTokens",
  );
  const said = cut(feedback, Math.floor(budget / 12));
  const omitted: Omission[] = [
    ...names.omitted,
    ...(said.omittedChars > 0
      ? [{ kind: "characters of feedback", count: said.omittedChars, how: "query_sql on assessments" }]
      : []),
    ...(isFirst && drafted.reasoningChars > 0
      ? [{ kind: "characters of reasoning", count: drafted.reasoningChars, how: "get_trace with spanId" }]
      : []),
  ];
  return {
    data: {
      turns: Math.max(session.turns, drafted.rows.at(-1)?.turn ?? 0),
      ...compact({ inferred: session.inferred || undefined }),
      ...(isFirst && budget >= 1_200 ? factsOf(session, null) : {}),
    },
    names: { ...names.fields, ...compact({ feedback: said.text }) },
    omitted,
  };
}

/**
 * A session: what it cost and how people judged it, then its one transcript (see `buildTranscript`) in pages. Texts
 * are cut as little as lets the whole rest of the conversation fit, within limits; then rows go to the next page.
 * Every row is on exactly one page, and what is cut is counted.
 */
export async function readSession(store: TraceStore, query: SessionQuery): Promise<Answer | undefined> {
  const session = await store.getSession(query.projectId, query.sessionId);
  if (!session) return undefined;
  const budget = Math.max(LEAST_BUDGET, query.budget);
  const scope = { projectId: query.projectId, sessionId: session.sessionId };
  const drafted = await draftTranscript(store, query.projectId, session.sessionId);
  const total = drafted.rows.length;
  const from = startOf(query.cursor, total);
  const isFirst = from === 0;
  const assessments =
    isFirst && !query.withoutFeedback
      ? await store.readAssessments({ ...scope, includeTraces: true, limit: MAX_FEEDBACK })
      : [];
  const feedback = feedbackWords(assessments, query.trustIn).join("\n");
  const header = headerOf({ session, drafted, feedback, isFirst, budget });
  const widest = assemble(header, { rows: [], traces: [], cutChars: WIDE }, WIDE, WIDE + 1);
  const frame = JSON.stringify(widest).length + sizeOf(`rows:${WIDE}`) + 70;
  const rows = await rowsFrom(store, query.projectId, drafted, from, budget);
  const page = fitRows(rows, total - from, { room: budget - frame, originUs: session.startUs });
  return assemble(header, page, from, total);
}
