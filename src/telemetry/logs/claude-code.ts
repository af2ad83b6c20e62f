import type { Json, JsonObject } from "../../model/json.ts";
import type { Span, Usage } from "../../model/span.ts";
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

const PREFIX = "claude_code.";

/** Events as documented at https://code.claude.com/docs/en/monitoring-usage#events */
export function isClaudeCodeLog(log: RawLog): boolean {
  return (
    eventNameOf(log).startsWith(PREFIX) ||
    log.scope.name.startsWith("com.anthropic.claude_code") ||
    serviceOf(log.resource) === "claude-code"
  );
}

interface Event {
  readonly name: string;
  readonly log: RawLog;
  readonly attributes: JsonObject;
  readonly timeUs: number;
  readonly traceId: string;
  readonly rootId: string;
  readonly sessionId: string | null;
}

/**
 * One trace per prompt (`prompt.id`; one per session from versions without prompt ids): an agent
 * span, under it a model call per API request and a tool call per result. Records that carry span ids, because
 * tracing is on too, fill the named span instead: the spans of the calls come by themselves.
 */
export function claudeCodeSpans(logs: readonly RawLog[], context: LogContext): Span[] {
  const events = logs.map((log) => readEvent(log, context));
  const spans = events.map((event) => (event.log.spanId === null ? spanOf(event) : fillOf(event)));
  const starts = new Map<string, Event>();
  for (const event of events) {
    const before = starts.get(event.traceId);
    if (event.log.spanId === null && (!before || event.timeUs < before.timeUs)) {
      starts.set(event.traceId, event);
    }
  }
  // A prompt's own event makes its root; until that has come, a stub holds the tree together.
  const roots = [...starts.values()].map((event) => rootSpan(event, { findings: [STUB] }));
  return [...spans, ...roots];
}

function readEvent(log: RawLog, context: LogContext): Event {
  const attributes = log.attributes;
  const sessionId = textField(attributes, "session.id");
  const prompt = textField(attributes, "prompt.id");
  // Prompt ids are UUIDs, and transcripts have them too: what is imported from one joins what came as records.
  const synthesised =
    prompt === null
      ? traceIdOf("claude-code", "session", sessionId ?? logKey(log))
      : traceIdOf("claude-code", prompt);
  const traceId = log.traceId ?? synthesised;
  return {
    name: eventNameOf(log).replace(PREFIX, ""),
    log,
    attributes,
    timeUs: logTimeUs(log, context),
    traceId,
    rootId: spanIdOf(traceId, "root"),
    sessionId,
  };
}

function spanOf(event: Event): Span {
  switch (event.name) {
    case "user_prompt":
      return rootSpan(event, promptFields(event));
    case "api_request":
      return llmSpan(event, { status: "ok" });
    case "api_error":
      return llmSpan(event, {
        status: "error",
        statusMessage: textField(event.attributes, "error"),
        errorType: textField(event.attributes, "status_code") ?? statusCode(event.attributes),
      });
    case "assistant_response":
      return { ...llmSpan(event, responseFields(event)), endUs: null };
    case "tool_result":
      return toolSpan(event, resultFields(event));
    case "tool_decision":
      return toolSpan(event, decisionFields(event));
    default:
      return otherSpan(event);
  }
}

const statusCode = (attributes: JsonObject): string => {
  const code = numberField(attributes, "status_code");
  return code === null ? "api_error" : String(code);
};

/** On a span that tracing reports itself: only what tracing does not carry. */
function fillOf(event: Event): Span {
  const fields =
    event.name === "user_prompt"
      ? promptFields(event)
      : event.name === "assistant_response"
        ? responseFields(event)
        : {};
  return syntheticSpan({
    ...frame(event),
    spanId: event.log.spanId ?? event.rootId,
    parentSpanId: null,
    name: "claude_code.interaction",
    kind: "agent",
    content: fields.content ?? {},
    findings: [...(fields.findings ?? []).filter((finding) => finding.code !== "stub"), STUB],
    source: {
      resource: event.log.resource,
      events: [{ name: event.name, timeUs: event.timeUs, attributes: event.attributes }],
    },
  });
}

function frame(event: Event) {
  return {
    traceId: event.traceId,
    parentSpanId: event.rootId,
    startUs: event.timeUs,
    sessionId: event.sessionId,
    userId: textField(event.attributes, "user.id", "user.account_uuid"),
    service: serviceOf(event.log.resource) ?? "claude-code",
    scope: event.log.scope.name === "" ? null : event.log.scope.name,
    source: { attributes: event.attributes, resource: event.log.resource },
  };
}

function rootSpan(event: Event, fields: Partial<SpanFields>): Span {
  return syntheticSpan({
    ...frame(event),
    spanId: event.rootId,
    parentSpanId: null,
    name: "claude_code.interaction",
    kind: "agent",
    agentName: "claude-code",
    ...fields,
  });
}

function promptFields(event: Event): Partial<SpanFields> {
  const prompt = textField(event.attributes, "prompt");
  if (prompt === null || isWithheld(prompt)) return { findings: [withheld("prompt")] };
  return { content: { inputMessages: [textMessage("user", prompt)] } };
}

function responseFields(event: Event): Partial<SpanFields> {
  const response = textField(event.attributes, "response");
  if (response === null || isWithheld(response)) return { findings: [withheld("response"), STUB] };
  return { content: { outputMessages: [textMessage("assistant", response)] }, findings: [STUB] };
}

function durationUs(attributes: JsonObject): number {
  return Math.max(0, Math.round((numberField(attributes, "duration_ms") ?? 0) * 1000));
}

function llmSpan(event: Event, fields: Partial<SpanFields>): Span {
  const { attributes } = event;
  const request = textField(attributes, "request_id", "client_request_id") ?? logKey(event.log);
  const cost = numberField(attributes, "cost_usd");
  const usage = inclusiveUsage(attributes);
  const agent = textField(attributes, "agent.name");
  return syntheticSpan({
    ...frame(event),
    spanId: spanIdOf(event.traceId, "llm", request),
    name: "claude_code.llm_request",
    kind: "llm",
    startUs: event.timeUs - durationUs(attributes),
    endUs: event.timeUs,
    agentName: agent,
    provider: "anthropic",
    model: textField(attributes, "model"),
    usage,
    costUsd: cost,
    costSource: cost === null ? null : "reported",
    responseId: textField(attributes, "request_id"),
    tags: sourceTags(attributes),
    ...fields,
  });
}

const sourceTags = (attributes: JsonObject): Record<string, string> => {
  const source = textField(attributes, "query_source");
  return source === null ? {} : { query_source: source };
};

/** Claude Code's input tokens come without what was read from and written to the cache. */
function inclusiveUsage(attributes: JsonObject): Usage {
  const fresh = numberField(attributes, "input_tokens");
  const read = numberField(attributes, "cache_read_tokens");
  const write = numberField(attributes, "cache_creation_tokens");
  return {
    inputTokens: fresh === null ? null : fresh + (read ?? 0) + (write ?? 0),
    outputTokens: numberField(attributes, "output_tokens"),
    cacheReadTokens: read,
    cacheWriteTokens: write,
    reasoningTokens: null,
  };
}

function toolSpan(event: Event, fields: Partial<SpanFields>): Span {
  const { attributes } = event;
  const callId = textField(attributes, "tool_use_id");
  const toolName = mcpName(attributes) ?? textField(attributes, "tool_name");
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

/** MCP tools are all called `mcp_tool` unless their names may be told. */
function mcpName(attributes: JsonObject): string | null {
  const parameters = parsedOrText(textField(attributes, "tool_parameters") ?? "");
  if (typeof parameters !== "object" || parameters === null || Array.isArray(parameters)) return null;
  const tool = textField(parameters, "mcp_tool_name");
  return tool === null ? null : `${textField(parameters, "mcp_server_name") ?? "mcp"}.${tool}`;
}

function resultFields(event: Event): Partial<SpanFields> {
  const { attributes } = event;
  const failed = booleanField(attributes, "success") === false;
  const input: Json = parsedOrText(textField(attributes, "tool_input", "tool_parameters") ?? "");
  return {
    startUs: event.timeUs - durationUs(attributes),
    endUs: event.timeUs,
    status: failed ? "error" : "ok",
    statusMessage: textField(attributes, "error"),
    errorType: failed ? (textField(attributes, "error_type") ?? "tool_error") : null,
    tags: decisionTags(attributes),
    content: { input: input === "" ? null : input },
    findings: input === "" ? [withheld("tool_input")] : [],
  };
}

function decisionTags(attributes: JsonObject): Record<string, string> {
  const decision = textField(attributes, "decision_type", "decision");
  const source = textField(attributes, "decision_source", "source");
  return { ...(decision ? { decision } : {}), ...(source ? { decision_source: source } : {}) };
}

/** A rejected call has no result: the decision is its end. An accepted one waits for its result. */
function decisionFields(event: Event): Partial<SpanFields> {
  const tags = decisionTags(event.attributes);
  if (tags["decision"] !== "reject") return { tags, findings: [STUB] };
  return { tags, endUs: event.timeUs, status: "error", errorType: "tool_rejected" };
}

/** What has no place of its own is kept as it came, as a point in time. */
function otherSpan(event: Event): Span {
  return syntheticSpan({
    ...frame(event),
    spanId: spanIdOf(event.traceId, event.name, logKey(event.log)),
    name: `${PREFIX}${event.name}`,
    kind: "other",
    endUs: event.timeUs,
  });
}
