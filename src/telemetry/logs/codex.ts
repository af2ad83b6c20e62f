import type { JsonObject } from "../../model/json.ts";
import type { Span } from "../../model/span.ts";
import { booleanField, numberField, parsedOrText, textField } from "../fields.ts";
import type { RawLog } from "../raw.ts";
import { type SpanFields, spanIdOf, syntheticSpan, traceIdOf } from "../synthetic.ts";
import {
  eventNameOf,
  isWithheld,
  type LogContext,
  logKey,
  logTimeUs,
  STUB,
  serviceOf,
  textMessage,
  withheld,
} from "./record.ts";

const PREFIX = "codex.";

/** Events as written by codex-rs/otel/src/events/session_telemetry.rs of openai/codex. */
export const isCodexLog = (log: RawLog): boolean => eventNameOf(log).startsWith(PREFIX);

interface Event {
  readonly name: string;
  readonly log: RawLog;
  readonly attributes: JsonObject;
  readonly timeUs: number;
  readonly conversation: string;
  readonly traceId: string;
  readonly rootId: string;
}

/**
 * One trace per conversation: the events name no turn, and batches come in any order. Under its agent span are
 * the prompts (kind human), a model call per completed or failed response, and a tool call per result.
 * Stream events other than the last of a response carry nothing but their timing and are left out.
 */
export function codexSpans(logs: readonly RawLog[], context: LogContext): Span[] {
  const events = logs.map((log) => readEvent(log, context)).sort((left, right) => left.timeUs - right.timeUs);
  const requestStart = new Map<string, number>();
  const firsts = new Map<string, Event>();
  const spans: Span[] = [];
  for (const event of events) {
    if (event.name === "api_request" && !failedOf(event)) {
      requestStart.set(event.conversation, event.timeUs - durationUs(event.attributes));
    }
    const span = spanOf(event, requestStart.get(event.conversation));
    if (span === null) continue;
    spans.push(span);
    if (span.kind === "llm") requestStart.delete(event.conversation);
    if (event.log.spanId === null && !firsts.has(event.traceId)) firsts.set(event.traceId, event);
  }
  for (const event of firsts.values()) spans.push(rootSpan(event, { findings: [STUB] }));
  return spans;
}

function readEvent(log: RawLog, context: LogContext): Event {
  const conversation = textField(log.attributes, "conversation.id") ?? logKey(log);
  const traceId = log.traceId ?? traceIdOf("codex", conversation);
  return {
    name: eventNameOf(log).slice(PREFIX.length),
    log,
    attributes: log.attributes,
    timeUs: logTimeUs(log, context),
    conversation,
    traceId,
    rootId: log.spanId ?? spanIdOf(traceId, "root"),
  };
}

const durationUs = (attributes: JsonObject): number =>
  Math.max(0, Math.round((numberField(attributes, "duration_ms") ?? 0) * 1000));

function failedOf(event: Event): boolean {
  const status = numberField(event.attributes, "http.response.status_code");
  return textField(event.attributes, "error.message") !== null || (status !== null && status >= 400);
}

function spanOf(event: Event, requestStartUs: number | undefined): Span | null {
  if (event.log.spanId !== null) return fillOf(event);
  switch (event.name) {
    case "conversation_starts":
      return rootSpan(event, startFields(event));
    case "user_prompt":
      return promptSpan(event);
    case "sse_event":
      return streamSpan(event, requestStartUs);
    case "api_request":
    case "websocket_request":
      return failedOf(event) ? llmSpan(event, event.timeUs - durationUs(event.attributes)) : null;
    case "tool_result":
      return toolSpan(event, resultFields(event));
    case "tool_decision":
      return toolSpan(event, decisionFields(event));
    default:
      return event.name.startsWith("websocket") ? null : otherSpan(event);
  }
}

/** Tracing is on too and reports the calls: only the prompt, which spans do not carry, is filled in. */
function fillOf(event: Event): Span {
  return syntheticSpan({
    ...frame(event),
    spanId: event.rootId,
    parentSpanId: null,
    name: PREFIX.slice(0, -1),
    kind: "other",
    findings: [STUB],
    content: event.name === "user_prompt" ? (promptFields(event).content ?? {}) : {},
    source: {
      resource: event.log.resource,
      events: [{ name: `${PREFIX}${event.name}`, timeUs: event.timeUs, attributes: event.attributes }],
    },
  });
}

function frame(event: Event) {
  return {
    traceId: event.traceId,
    parentSpanId: event.rootId,
    startUs: event.timeUs,
    sessionId: textField(event.attributes, "conversation.id"),
    userId: textField(event.attributes, "user.account_id"),
    service: serviceOf(event.log.resource) ?? textField(event.attributes, "originator") ?? "codex",
    scope: event.log.scope.name === "" ? null : event.log.scope.name,
    source: { attributes: event.attributes, resource: event.log.resource },
  };
}

function rootSpan(event: Event, fields: Partial<SpanFields>): Span {
  return syntheticSpan({
    ...frame(event),
    spanId: spanIdOf(event.traceId, "root"),
    parentSpanId: null,
    name: "codex.conversation",
    kind: "agent",
    agentName: "codex",
    ...fields,
  });
}

function startFields(event: Event): Partial<SpanFields> {
  const tags: Record<string, string> = {};
  for (const key of ["approval_policy", "sandbox_policy", "reasoning_effort", "app.version"]) {
    const value = textField(event.attributes, key);
    if (value !== null) tags[key] = value;
  }
  return { tags, provider: textField(event.attributes, "provider_name") };
}

function promptFields(event: Event): Partial<SpanFields> {
  const prompt = textField(event.attributes, "prompt");
  if (prompt === null || isWithheld(prompt)) return { findings: [withheld("prompt")] };
  return { content: { inputMessages: [textMessage("user", prompt)] } };
}

function promptSpan(event: Event): Span {
  return syntheticSpan({
    ...frame(event),
    spanId: spanIdOf(event.traceId, "prompt", logKey(event.log)),
    name: "codex.user_prompt",
    kind: "human",
    endUs: event.timeUs,
    ...promptFields(event),
  });
}

function streamSpan(event: Event, requestStartUs: number | undefined): Span | null {
  const completed = textField(event.attributes, "event.kind") === "response.completed";
  if (!completed && !failedOf(event)) return null;
  return llmSpan(event, Math.min(requestStartUs ?? event.timeUs, event.timeUs));
}

function llmSpan(event: Event, startUs: number): Span {
  const { attributes } = event;
  const failed = failedOf(event);
  const status = numberField(attributes, "http.response.status_code");
  return syntheticSpan({
    ...frame(event),
    spanId: spanIdOf(event.traceId, "llm", logKey(event.log)),
    name: "codex.response",
    kind: "llm",
    startUs,
    endUs: event.timeUs,
    status: failed ? "error" : "ok",
    statusMessage: textField(attributes, "error.message"),
    errorType: failed ? (status === null ? "response_failed" : String(status)) : null,
    provider: "openai",
    model: textField(attributes, "model", "slug"),
    usage: {
      inputTokens: numberField(attributes, "input_token_count"),
      outputTokens: numberField(attributes, "output_token_count"),
      cacheReadTokens: numberField(attributes, "cached_token_count"),
      cacheWriteTokens: null,
      reasoningTokens: numberField(attributes, "reasoning_token_count"),
    },
  });
}

function toolSpan(event: Event, fields: Partial<SpanFields>): Span {
  const callId = textField(event.attributes, "call_id");
  const toolName = textField(event.attributes, "tool_name");
  return syntheticSpan({
    ...frame(event),
    spanId: spanIdOf(event.traceId, "tool", callId ?? logKey(event.log)),
    name: `execute_tool ${toolName ?? "unknown"}`,
    kind: "tool",
    toolName,
    toolCallId: callId,
    ...fields,
  });
}

function resultFields(event: Event): Partial<SpanFields> {
  const { attributes } = event;
  const failed = booleanField(attributes, "success") === false;
  const input = textField(attributes, "arguments");
  const output = textField(attributes, "output");
  const server = textField(attributes, "mcp_server");
  return {
    startUs: event.timeUs - durationUs(attributes),
    endUs: event.timeUs,
    status: failed ? "error" : "ok",
    statusMessage: failed ? (output?.slice(0, 500) ?? null) : null,
    errorType: failed ? "tool_error" : null,
    tags: server === null ? {} : { mcp_server: server },
    content: { input: input === null ? null : parsedOrText(input), output },
  };
}

const REFUSED = new Set(["denied", "abort", "timed_out"]);

function decisionFields(event: Event): Partial<SpanFields> {
  const decision = textField(event.attributes, "decision") ?? "unknown";
  const source = textField(event.attributes, "source");
  const tags = { decision, ...(source ? { decision_source: source } : {}) };
  if (!REFUSED.has(decision)) return { tags, findings: [STUB] };
  return { tags, endUs: event.timeUs, status: "error", errorType: "tool_rejected" };
}

function otherSpan(event: Event): Span {
  return syntheticSpan({
    ...frame(event),
    spanId: spanIdOf(event.traceId, event.name, logKey(event.log)),
    name: `${PREFIX}${event.name}`,
    kind: "other",
    endUs: event.timeUs,
  });
}
