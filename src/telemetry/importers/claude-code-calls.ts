import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Message } from "../../model/message.ts";
import type { Span, Usage } from "../../model/span.ts";
import { arrayField, numberField, objectField, textField } from "../fields.ts";
import { spanIdOf, syntheticSpan } from "../synthetic.ts";
import { frameOf, type RunOptions } from "./claude-code-frame.ts";
import type { Row } from "./claude-code-row.ts";

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

/** The model calls of a run. One answer comes as several rows with the same message id, some more than once. */
export function createCalls() {
  const calls = new Map<string, Call>();
  return {
    /**
     * Takes a row of an answer; the first of them opens the call with what `takeInput` gives. Returns the row's
     * blocks, none when it is known already.
     */
    add(row: Row, previousUs: number, takeInput: () => Message[]): JsonObject[] {
      const key = textField(row.message, "id") ?? row.uuid ?? String(row.line);
      const call = calls.get(key) ?? openCall(key, row, previousUs, takeInput());
      calls.set(key, call);
      if (row.uuid !== null && call.seen.has(row.uuid)) return [];
      if (row.uuid !== null) call.seen.add(row.uuid);
      call.endUs = Math.max(call.endUs, row.timeUs);
      call.usage = larger(call.usage, usageOf(objectField(row.message, "usage") ?? {}));
      call.finish = textField(row.message, "stop_reason") ?? call.finish;
      const text = textField(row.message, "content");
      const blocks: Json[] =
        text === null ? (arrayField(row.message, "content") ?? []) : [{ type: "text", text }];
      call.blocks.push(...blocks);
      return blocks.filter(isJsonObject);
    },
    has: (key: string): boolean => calls.has(key),
    count: (): number => calls.size,
    spans: (options: RunOptions, read: (message: Json, role: Message["role"]) => Message[]): Span[] =>
      [...calls.values()].map((call) => llmSpan(options, call, read)),
  };
}

const openCall = (key: string, row: Row, previousUs: number, input: Message[]): Call => ({
  key,
  startUs: Math.min(previousUs, row.timeUs),
  endUs: row.timeUs,
  input,
  blocks: [],
  seen: new Set(),
  model: textField(row.message, "model"),
  requestId: textField(row.raw, "requestId"),
  usage: usageOf({}),
  finish: null,
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
