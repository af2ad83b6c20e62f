import type { Answer, Omission } from "../model/answer.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { Span } from "../model/span.ts";
import type { TraceStore } from "../store/store.ts";
import { costOf, cutStartToCost, cutToCost, LEAST_BUDGET } from "./budget.ts";
import { shortDuration, shortMoney, shortTime } from "./format.ts";
import { compact, namesWithin } from "./header.ts";
import { type SpanField, spanTexts } from "./span-texts.ts";

export interface SpanQuery {
  readonly projectId: string;
  readonly traceId: string;
  /** Whole, or a beginning of at least 6 digits. */
  readonly spanId: string;
  /** Only this field, from `offset` characters on. */
  readonly field?: SpanField | undefined;
  readonly offset?: number | undefined;
  readonly budget: number;
}

function factsOf(span: Span): JsonObject {
  const { usage } = span;
  const cached = usage.cacheReadTokens ? ` (${usage.cacheReadTokens} cached)` : "";
  const reasoning = usage.reasoningTokens ? ` (${usage.reasoningTokens} reasoning)` : "";
  const hasTokens = usage.inputTokens !== null || usage.outputTokens !== null;
  return compact({
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    kind: span.kind,
    started: shortTime(span.startUs),
    duration: span.endUs === null ? "not ended" : shortDuration(Math.max(0, span.endUs - span.startUs)),
    status: span.status === "unset" ? undefined : span.status,
    tokens: hasTokens
      ? `${usage.inputTokens ?? "?"} in${cached}, ${usage.outputTokens ?? "?"} out${reasoning}`
      : undefined,
    cost: span.costUsd === null ? undefined : `${shortMoney(span.costUsd)} ${span.costSource ?? ""}`.trim(),
    timeToFirstToken:
      span.timeToFirstTokenMs === null ? undefined : shortDuration(span.timeToFirstTokenMs * 1_000),
  });
}

const namesOf = (span: Span): JsonObject =>
  compact({
    name: span.name,
    errorType: span.errorType,
    model: span.model,
    tool: span.toolName,
    toolCallId: span.toolCallId,
    agent: span.agentName,
    finish: span.finishReasons.join(", "),
    session: span.sessionId,
    user: span.userId,
    service: span.service,
    scope: span.scope,
    provider: span.provider,
    responseId: span.responseId,
    prompts: span.prompts.map(({ name, version }) => (version ? `${name}@${version}` : name)).join(", "),
    release: span.release,
    commit: span.commit,
    tags: Object.entries(span.tags)
      .map(([key, value]) => `${key}=${value}`)
      .join(", "),
  });

/** Part of what is left that each field may take in turn, the most telling first. */
const SHARES: readonly (readonly [SpanField | "error", number])[] = [
  ["error", 0.4],
  ["output", 0.5],
  ["input", 0.7],
  ["documents", 0.6],
  ["messages", 0.75],
  ["system", 0.6],
  ["events", 1],
  ["tools", 1],
];

interface Part {
  readonly field: string;
  readonly text: string;
  readonly left: number;
}

/** The telling part of a field: of a history its end, of all else its beginning. */
function partOf(field: string, text: string, max: number): Part {
  const short = field === "messages" ? cutStartToCost(text, max) : cutToCost(text, max);
  return { field, text: short.text, left: short.omittedChars };
}

/** Characters of JSON that naming a field and what is left of it takes. */
const FIELD_FRAME = 130;

function share(texts: ReadonlyMap<string, string>, room: number): Part[] {
  const parts: Part[] = [];
  let left = room;
  for (const [field, part] of SHARES) {
    const text = texts.get(field);
    if (!text) continue;
    const max = costOf(text) + FIELD_FRAME <= left * part ? left : left * part;
    if (max < FIELD_FRAME + 60) parts.push({ field, text: "", left: text.length });
    else parts.push(partOf(field, text, max - FIELD_FRAME));
    left -= costOf(parts.at(-1)?.text ?? "") + FIELD_FRAME;
  }
  return parts;
}

const sizesOf = (texts: ReadonlyMap<string, string>): JsonObject =>
  Object.fromEntries(
    [...texts].filter(([, text]) => text !== "").map(([field, text]) => [field, text.length]),
  );

const omissionOf = ({ field, left }: Part): Omission => ({
  kind: `characters of ${field}`,
  count: left,
  how: field === "error" ? 'field "events"' : `field "${field}", offset`,
});

function oneField(span: Span, text: string, query: SpanQuery, budget: number): Answer {
  const field = query.field ?? "output";
  const offset = Math.min(query.offset ?? 0, text.length);
  const answer = (shown: string, next: number | null): Answer => {
    const rest = next === null ? 0 : text.length - next;
    const outside = [
      ...(offset > 0
        ? [{ kind: `characters of ${field} before`, count: offset, how: "a smaller offset" }]
        : []),
      ...(rest > 0 ? [{ kind: `characters of ${field}`, count: rest, how: `offset ${next}` }] : []),
    ];
    return {
      data: { traceId: span.traceId, spanId: span.spanId, field, offset, chars: text.length },
      untrusted: { text: shown },
      ...(outside.length > 0 && { omitted: outside }),
    };
  };
  const frame = JSON.stringify(answer("", 0)).length + 20;
  const shown = cutToCost(text.slice(offset), budget - frame);
  return answer(shown.text, shown.omittedChars > 0 ? offset + shown.text.length : null);
}

/**
 * One span: its facts, how long each field is, then as much text as fits, errors and outputs first. With `field`
 * that field alone from `offset`, so that a long one can be read to its end. Attributes only come when asked for.
 */
export async function readSpan(store: TraceStore, query: SpanQuery): Promise<Answer | undefined> {
  const span = await store.getSpan(query.projectId, query.traceId, query.spanId);
  if (!span) return undefined;
  const budget = Math.max(LEAST_BUDGET, query.budget);
  const texts = spanTexts(span);
  if (query.field !== undefined) return oneField(span, texts.get(query.field) ?? "", query, budget);
  const names = namesWithin(namesOf(span), budget / 6, "query_sql");
  const findings = span.findings.map(({ code, detail }) => `${code}${detail ? `: ${detail}` : ""}`);
  const data = {
    ...factsOf(span),
    ...compact({
      findings: findings
        .slice(0, budget > 2_000 ? 12 : 2)
        .join("; ")
        .slice(0, budget / 8),
    }),
    sizes: sizesOf(texts),
  };
  const inline = new Map<string, string>([
    ["error", span.statusMessage ?? ""],
    ...[...texts].filter(([field]) => field !== "attributes"),
  ]);
  const frame = JSON.stringify({ data, untrusted: names.fields, omitted: names.omitted }).length;
  const parts = share(inline, budget - frame - 30);
  const omitted = [...names.omitted, ...parts.filter((part) => part.left > 0).map(omissionOf)];
  const shown: Json = Object.fromEntries(
    parts.filter((part) => part.text !== "").map((part) => [part.field, part.text]),
  );
  return {
    data,
    untrusted: { ...names.fields, ...shown },
    ...(omitted.length > 0 && { omitted }),
  };
}
