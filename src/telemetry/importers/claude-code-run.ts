import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { MediaItem, Message } from "../../model/message.ts";
import type { Span, Usage } from "../../model/span.ts";
import { newFound, parseMessages } from "../conventions/index.ts";
import { arrayField, booleanField, numberField, objectField, textField } from "../fields.ts";
import { spanIdOf, syntheticSpan } from "../synthetic.ts";
import { isInterruption, type Row } from "./claude-code-row.ts";

export interface RunOptions {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly agentName: string;
  readonly sessionId: string | null;
  readonly tags: Record<string, string>;
}

interface Call {
  readonly key: string;
  readonly startUs: number;
  endUs: number;
  readonly input: Message[];
  readonly blocks: Json[];
  readonly seen: Set<string>;
  readonly model: string | null;
  readonly requestId: string | null;
  usage: Usage;
  finish: string | null;
}

interface Tool {
  readonly id: string;
  readonly name: string;
  readonly input: Json;
  readonly startUs: number;
  endUs: number | null;
  output: Json;
  failed: boolean;
  details: JsonObject | null;
}

/** Structured results (whole files, patches) are kept beside the text that the model saw, up to this size. */
const MAX_DETAILS = 64 << 10;

/**
 * One agent at work on one prompt: its rows in order -> an agent span, a model call per answer and a tool span
 * per call. A model call's input is what is new since the call before it; the calls in order are the conversation.
 * `carried`: what was said before the first row and answered by no call yet.
 */
export function createRun(options: RunOptions, first: Row, carried: Message[] = []) {
  const calls = new Map<string, Call>();
  const tools = new Map<string, Tool>();
  const media = new Map<string, MediaItem>();
  let pending: Message[] = carried;
  let prompt: Message[] | null = null;
  let lastUs = first.timeUs;
  let startUs = first.timeUs;
  let interrupted = false;

  const read = (value: Json, fallback: Message["role"]): Message[] =>
    parseMessages([value], newFound(media), fallback) ?? [];

  function addUser(row: Row): void {
    for (const block of row.results) endTool(row, block);
    interrupted ||= isInterruption(row);
    const messages = read({ ...row.message, role: "user" }, "user").map((message) => asWritten(message, row));
    pending.push(...messages);
    if (prompt === null && !row.meta && !row.summary && row.results.length === 0) prompt = messages;
  }

  function endTool(row: Row, block: JsonObject): void {
    const tool = tools.get(textField(block, "tool_use_id") ?? "");
    if (!tool) return;
    tool.endUs = row.timeUs;
    tool.failed = booleanField(block, "is_error") === true;
    tool.output = resultOf(read({ role: "user", content: [block] }, "tool"));
    tool.details = row.results.length === 1 ? objectField(row.raw, "toolUseResult") : null;
  }

  function addAssistant(row: Row): void {
    const key = textField(row.message, "id") ?? row.uuid ?? String(row.line);
    const call = calls.get(key) ?? openCall(key, row);
    if (row.uuid !== null && call.seen.has(row.uuid)) return;
    if (row.uuid !== null) call.seen.add(row.uuid);
    call.endUs = Math.max(call.endUs, row.timeUs);
    call.usage = larger(call.usage, usageOf(objectField(row.message, "usage") ?? {}));
    call.finish = textField(row.message, "stop_reason") ?? call.finish;
    const content = row.message["content"] ?? null;
    for (const block of typeof content === "string"
      ? [{ type: "text", text: content }]
      : (arrayField(row.message, "content") ?? [])) {
      call.blocks.push(block);
      if (isJsonObject(block) && block["type"] === "tool_use") openTool(block, row);
    }
  }

  function openCall(key: string, row: Row): Call {
    const call: Call = {
      key,
      startUs: Math.min(lastUs, row.timeUs),
      endUs: row.timeUs,
      input: pending,
      blocks: [],
      seen: new Set(),
      model: textField(row.message, "model"),
      requestId: textField(row.raw, "requestId"),
      usage: usageOf({}),
      finish: null,
    };
    pending = [];
    calls.set(key, call);
    return call;
  }

  function openTool(block: JsonObject, row: Row): void {
    const id = textField(block, "id") ?? `${row.uuid ?? row.line}`;
    if (tools.has(id)) return;
    tools.set(id, {
      id,
      name: textField(block, "name") ?? "unknown",
      input: block["input"] ?? null,
      startUs: row.timeUs,
      endUs: null,
      output: null,
      failed: false,
      details: null,
    });
  }

  return {
    traceId: options.traceId,
    spanId: options.spanId,
    add(row: Row): void {
      if (row.role === "user") addUser(row);
      else addAssistant(row);
      startUs = Math.min(startUs, row.timeUs);
      lastUs = Math.max(lastUs, row.timeUs);
    },
    /** What no call has answered: the first call of the next run hears it. */
    rest: (): Message[] => pending,
    /** Neither asked nor answered anything: notices only. */
    isEmpty: (): boolean => prompt === null && calls.size === 0,
    hasCall: (key: string): boolean => calls.has(key),
    hasTool: (id: string): boolean => tools.has(id),
    /** The tool call that started a subagent: by the id in its result, else by what the subagent was asked. */
    toolFor(agentId: string | null, asked: string): string | null {
      for (const tool of tools.values()) {
        if (agentId !== null && tool.details && textField(tool.details, "agentId") === agentId)
          return tool.id;
      }
      for (const tool of tools.values()) {
        const input = isJsonObject(tool.input) ? textField(tool.input, "prompt") : null;
        if (asked !== "" && input === asked) return tool.id;
      }
      return null;
    },
    /** Agents whose work is in files of their own: their id and the call that started them. */
    startedAgents(): { agentId: string; toolId: string; agentType: string | null }[] {
      return [...tools.values()].flatMap((tool) => {
        const agentId = tool.details ? textField(tool.details, "agentId") : null;
        const input = isJsonObject(tool.input) ? tool.input : {};
        const agentType = textField(tool.details ?? {}, "agentType") ?? textField(input, "subagent_type");
        return agentId === null ? [] : [{ agentId, toolId: tool.id, agentType }];
      });
    },
    finish(parentSpanId: string | null): { spans: Span[]; media: MediaItem[] } {
      const spans = [...calls.values()].map((call) => llmSpan(options, call, read));
      for (const tool of tools.values()) spans.push(toolSpan(options, tool));
      const answers = spans.map((span) => (span.kind === "llm" ? withoutCalls(span) : null));
      const root = syntheticSpan({
        ...frameOf(options),
        spanId: options.spanId,
        parentSpanId,
        name: options.name,
        kind: "agent",
        startUs,
        endUs: lastUs,
        agentName: options.agentName,
        status: interrupted ? "error" : "ok",
        errorType: interrupted ? "interrupted" : null,
        tags: options.tags,
        content: {
          inputMessages: prompt,
          outputMessages: answers.findLast((answer) => answer !== null) ?? null,
        },
      });
      return { spans: [root, ...spans], media: [...media.values()] };
    },
  };
}
export type Run = ReturnType<typeof createRun>;

/** The id of a tool call's span; the same as the one that log records of the call give. */
export const toolSpanId = (traceId: string, toolUseId: string): string =>
  spanIdOf(traceId, "tool", toolUseId);

function asWritten(message: Message, row: Row): Message {
  if (row.summary) {
    const text = message.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
    return { role: "user", parts: [{ type: "compaction", text }] };
  }
  return row.meta && message.role === "user" ? { ...message, role: "system" } : message;
}

const resultOf = (messages: readonly Message[]): Json => {
  const part = messages[0]?.parts[0];
  return part?.type === "tool_result" ? part.result : null;
};

const withoutCalls = (span: Span): Message[] | null => {
  const messages = (span.content.outputMessages ?? []).map((message) => ({
    ...message,
    parts: message.parts.filter((part) => part.type === "text" || part.type === "media"),
  }));
  return messages.some((message) => message.parts.length > 0) ? messages : null;
};

const frameOf = (options: RunOptions) => ({
  traceId: options.traceId,
  sessionId: options.sessionId,
  service: "claude-code",
  scope: "claude-code-transcript",
});

function llmSpan(
  options: RunOptions,
  call: Call,
  read: (value: Json, role: Message["role"]) => Message[],
): Span {
  const failed = call.model === "<synthetic>";
  return syntheticSpan({
    ...frameOf(options),
    spanId: spanIdOf(options.traceId, "llm", call.requestId ?? call.key),
    parentSpanId: options.spanId,
    name: "claude_code.llm_request",
    kind: "llm",
    startUs: call.startUs,
    endUs: call.endUs,
    status: failed ? "error" : "ok",
    errorType: failed ? "api_error" : null,
    agentName: options.agentName,
    provider: "anthropic",
    model: failed ? null : call.model,
    responseId: call.requestId ?? call.key,
    finishReasons: call.finish === null ? [] : [call.finish],
    usage: failed ? usageOf({}) : call.usage,
    content: {
      inputMessages: call.input.length > 0 ? call.input : null,
      outputMessages: read({ role: "assistant", content: call.blocks }, "assistant"),
    },
  });
}

function toolSpan(options: RunOptions, tool: Tool): Span {
  const details =
    tool.details !== null && JSON.stringify(tool.details).length <= MAX_DETAILS
      ? { "claude_code.tool_use_result": tool.details }
      : {};
  return syntheticSpan({
    ...frameOf(options),
    spanId: toolSpanId(options.traceId, tool.id),
    parentSpanId: options.spanId,
    name: `execute_tool ${tool.name.slice(0, 200)}`,
    kind: "tool",
    startUs: tool.startUs,
    endUs: tool.endUs,
    status: tool.failed ? "error" : tool.endUs === null ? "unset" : "ok",
    statusMessage: tool.failed && typeof tool.output === "string" ? tool.output.slice(0, 500) : null,
    errorType: tool.failed ? "tool_error" : null,
    toolName: tool.name,
    toolCallId: tool.id,
    findings: tool.endUs === null ? [{ code: "missing_end", detail: "the tool call has no result" }] : [],
    content: { input: tool.input, output: tool.output },
    source: { attributes: details },
  });
}

/** Anthropic counts what was read from and written to the cache apart from input tokens. */
function usageOf(usage: JsonObject): Usage {
  const fresh = numberField(usage, "input_tokens");
  const read = numberField(usage, "cache_read_input_tokens");
  const write = numberField(usage, "cache_creation_input_tokens");
  return {
    inputTokens: fresh === null ? null : fresh + (read ?? 0) + (write ?? 0),
    outputTokens: numberField(usage, "output_tokens"),
    cacheReadTokens: read,
    cacheWriteTokens: write,
    reasoningTokens: null,
  };
}

/** An answer's rows repeat its usage while it grows: the largest is the whole. */
function larger(one: Usage, other: Usage): Usage {
  const sum = (usage: Usage) => (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0);
  return sum(other) >= sum(one) && other.inputTokens !== null ? other : one;
}
