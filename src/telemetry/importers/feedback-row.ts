import type { Assessment, AssessmentValue } from "../../model/assessment.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { SessionTags } from "../../store/store.ts";
import { timeUs } from "../fields.ts";
import { recordIdOf, spanIdFrom, traceIdFrom } from "../synthetic.ts";
import type { LabelOptions } from "./contract.ts";
import { type Role, roleOf } from "./feedback-columns.ts";

export interface FeedbackRow {
  readonly assessments: Assessment[];
  readonly sessionTags: SessionTags[];
  /** Columns of a row about a trace that have no place: only sessions have tags of their own. */
  readonly homeless: number;
}

const MAX_TAG = 1_000;
const MAX_NAME = 100;

/** One row: feedback on the session, trace or span that it names; null when it names none. */
export function readFeedbackRow(
  row: JsonObject,
  labels: LabelOptions,
  fallbackUs: number,
): FeedbackRow | null {
  const byRole = new Map<Role, [string, Json][]>();
  for (const [column, value] of Object.entries(row)) {
    if (value === null || value === "" || column === "__proto__") continue;
    const role = roleOf(column, labels);
    const list = byRole.get(role);
    if (list) list.push([column, value]);
    else byRole.set(role, [[column, value]]);
  }
  const target = targetOf(byRole);
  if (target === null) return null;
  const author = idText(byRole, "author");
  const createdUs = timeUs(byRole.get("time")?.[0]?.[1] ?? null) ?? fallbackUs;
  const source = labels.source ?? "human";
  const assessments = (byRole.get("feedback") ?? []).map(([column, given]): Assessment => {
    const value = typed(column, given);
    return {
      id: recordIdOf("feedback", JSON.stringify(target), column, source, author ?? "", JSON.stringify(value)),
      kind: "feedback",
      name: column.slice(0, MAX_NAME),
      value,
      rationale: idText(byRole, "rationale"),
      quote: null,
      source,
      sourceId: author,
      ...target,
      responseId: null,
      createdUs,
      supersededBy: null,
    };
  });
  const others = byRole.get("tag") ?? [];
  if (target.sessionId === null) return { assessments, sessionTags: [], homeless: others.length };
  const tags = Object.fromEntries(
    others.map(([column, value]) => [column.slice(0, MAX_NAME), tagText(value)]),
  );
  const hasTags = others.length > 0;
  return {
    assessments,
    sessionTags: hasTags ? [{ sessionId: target.sessionId, tags }] : [],
    homeless: 0,
  };
}

type Target = Pick<Assessment, "traceId" | "spanId" | "sessionId">;

/** The narrowest that is named: a span of a trace, a trace, else a session. */
function targetOf(byRole: ReadonlyMap<Role, [string, Json][]>): Target | null {
  const trace = idText(byRole, "trace");
  const span = idText(byRole, "span");
  if (trace !== null) {
    return {
      traceId: traceIdFrom("trace", trace),
      spanId: span === null ? null : spanIdFrom("observation", span),
      sessionId: null,
    };
  }
  const session = idText(byRole, "session");
  return session === null ? null : { traceId: null, spanId: null, sessionId: session };
}

function idText(byRole: ReadonlyMap<Role, [string, Json][]>, role: Role): string | null {
  const value = byRole.get(role)?.[0]?.[1] ?? null;
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

const tagText = (value: Json): string =>
  (typeof value === "string" ? value : JSON.stringify(value)).slice(0, MAX_TAG);

const UP = new Set(["up", "👍", "thumbs_up", "thumbs up", "+1"]);
const DOWN = new Set(["down", "👎", "thumbs_down", "thumbs down", "-1"]);

/** CSV knows only text: numbers and true and false are told by their form, thumbs by their column. */
function typed(column: string, value: Json): AssessmentValue {
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value !== "string") return JSON.stringify(value);
  const text = value.trim();
  const lower = text.toLowerCase();
  if (/thumb/i.test(column)) {
    if (UP.has(lower)) return true;
    if (DOWN.has(lower)) return false;
  }
  if (lower === "true" || lower === "false") return lower === "true";
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(text) ? Number(text) : value;
}
