import type { Json, JsonObject } from "../../model/json.ts";
import type { MediaItem, Message, Part } from "../../model/message.ts";
import { NO_USAGE, type Span, type Usage } from "../../model/span.ts";

import { newFound, parseMessages, textMessage } from "../conventions/index.ts";
import { numberField, objectField } from "../fields.ts";
import { spanIdOf, syntheticSpan } from "../synthetic.ts";
import type { Conversation } from "./chat-line.ts";

export interface ChatSpans {
  readonly spans: Span[];
  readonly media: MediaItem[];
  /** What could not be read as a message. */
  readonly findings: readonly string[];
}

/** Steps of a conversation without times of its own are a second apart. */
const STEP_US = 1_000_000;

/**
 * A request with its answer is one model call. A whole conversation is an agent span over one model call per answer,
 * whose input is what is new since the call before, and a tool span per call that a message answers.
 */
export function conversationSpans(conversation: Conversation, traceId: string, startUs: number): ChatSpans {
  const media = new Map<string, MediaItem>();
  const read = (value: Json, role: Message["role"]): Message[] | null =>
    typeof value === "string"
      ? [textMessage(role, value, newFound(media))]
      : parseMessages(value, newFound(media), role);
  const request = read(conversation.request, "user");
  const answer = conversation.answer === null ? [] : read(conversation.answer, "assistant");
  const findings = [...(request === null ? ["request"] : []), ...(answer === null ? ["answer"] : [])];
  const shared: Shared = { conversation, traceId, startUs };
  const spans = conversation.isCall
    ? [callSpan(shared, request ?? [], answer ?? [])]
    : chainSpans(shared, request ?? []);
  return { spans, media: [...media.values()], findings };
}

interface Shared {
  readonly conversation: Conversation;
  readonly traceId: string;
  readonly startUs: number;
}

function frame({ conversation, traceId }: Shared) {
  return {
    traceId,
    sessionId: conversation.sessionId,
    userId: conversation.userId,
    scope: "chat-messages",
  };
}

function rootTags({ conversation }: Shared): Record<string, string> {
  return conversation.startUs === null
    ? { ...conversation.tags, imported_time: "synthetic" }
    : conversation.tags;
}

function callSpan(shared: Shared, request: Message[], answer: Message[]): Span {
  const { conversation, traceId, startUs } = shared;
  return syntheticSpan({
    ...frame(shared),
    spanId: spanIdOf(traceId, "root"),
    name: conversation.model === null ? "chat" : `chat ${conversation.model.slice(0, 200)}`,
    kind: "llm",
    startUs,
    endUs: conversation.endUs ?? startUs,
    model: conversation.model,
    responseId: conversation.responseId,
    usage: usageOf(conversation.usage),
    tags: rootTags(shared),
    content: {
      inputMessages: request,
      outputMessages: answer.length > 0 ? answer : null,
      toolDefinitions: conversation.tools,
    },
  });
}

/** OpenAI counts cached and reasoning tokens within the totals. */
function usageOf(usage: JsonObject | null): Usage {
  if (usage === null) return NO_USAGE;
  const input = objectField(usage, "prompt_tokens_details", "input_tokens_details") ?? {};
  const output = objectField(usage, "completion_tokens_details", "output_tokens_details") ?? {};
  return {
    inputTokens: numberField(usage, "prompt_tokens", "input_tokens"),
    outputTokens: numberField(usage, "completion_tokens", "output_tokens"),
    cacheReadTokens: numberField(input, "cached_tokens"),
    cacheWriteTokens: null,
    reasoningTokens: numberField(output, "reasoning_tokens"),
  };
}

function chainSpans(shared: Shared, messages: readonly Message[]): Span[] {
  const { conversation, traceId, startUs } = shared;
  const rootId = spanIdOf(traceId, "root");
  const child = { ...frame(shared), parentSpanId: rootId };
  const spans: Span[] = [];
  const tools = new Map<string, Span>();
  let fresh: Message[] = [];
  let at = startUs;
  for (const message of messages) {
    if (message.role === "tool") for (const part of message.parts) answerTool(tools, part, at + STEP_US);
    if (message.role !== "assistant") {
      fresh.push(message);
      continue;
    }
    const call = stepSpan(shared, child, spans.length, at, fresh, message);
    spans.push(call);
    fresh = [];
    at += STEP_US;
    for (const part of message.parts) {
      if (part.type !== "tool_call") continue;
      const key = part.id ?? `${spans.length}:${tools.size}`;
      tools.set(key, openTool(child, part, `${key} ${tools.size}`, at));
    }
  }
  if (fresh.length > 0 && spans.length > 0) spans.push(unansweredSpan(child, rootId, fresh, at));
  const asked = messages.find((message) => message.role === "user");
  const last = messages.findLast((message) => message.role === "assistant");
  const root = syntheticSpan({
    ...frame(shared),
    spanId: rootId,
    name: "conversation",
    kind: "agent",
    startUs,
    endUs: conversation.endUs ?? at,
    usage: usageOf(conversation.usage),
    tags: rootTags(shared),
    content: {
      inputMessages: fresh.length > 0 && last === undefined ? fresh : asked ? [asked] : null,
      outputMessages: last ? [last] : null,
    },
  });
  return [root, ...spans, ...tools.values()];
}

type Child = ReturnType<typeof frame> & { parentSpanId: string };

/** One answer of a conversation, after what was said since the one before. */
function stepSpan(
  { conversation, traceId }: Shared,
  child: Child,
  index: number,
  startUs: number,
  fresh: Message[],
  answer: Message,
): Span {
  return syntheticSpan({
    ...child,
    spanId: spanIdOf(traceId, "llm", String(index)),
    name: "chat",
    kind: "llm",
    startUs,
    endUs: startUs + STEP_US,
    model: conversation.model,
    content: {
      inputMessages: fresh.length > 0 ? fresh : null,
      outputMessages: [answer],
      toolDefinitions: conversation.tools,
    },
  });
}

const openTool = (
  child: Child,
  part: Extract<Part, { type: "tool_call" }>,
  key: string,
  startUs: number,
): Span =>
  syntheticSpan({
    ...child,
    spanId: spanIdOf(child.traceId, "tool", key),
    name: `execute_tool ${part.name.slice(0, 200)}`,
    kind: "tool",
    startUs,
    toolName: part.name,
    toolCallId: part.id,
    content: { input: part.arguments },
  });

/** What was said last and had no answer. */
const unansweredSpan = (child: Child, rootId: string, messages: Message[], startUs: number): Span =>
  syntheticSpan({
    ...child,
    spanId: spanIdOf(rootId, "unanswered"),
    name: "unanswered",
    kind: "human",
    startUs,
    endUs: startUs,
    content: { inputMessages: messages },
  });

function answerTool(tools: Map<string, Span>, part: Part, endUs: number): void {
  if (part.type !== "tool_result" || part.id === null) return;
  const span = tools.get(part.id);
  if (!span) return;
  const failed = part.isError === true;
  tools.set(part.id, {
    ...span,
    endUs,
    status: failed ? "error" : "ok",
    errorType: failed ? "tool_error" : null,
    content: { ...span.content, output: part.result },
  });
}
