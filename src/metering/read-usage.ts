import { isJsonObject, type JsonObject } from "../model/json.ts";
import type { Usage } from "../model/span.ts";
import { numberField, objectField, textField } from "../telemetry/fields.ts";

/** What an answer of a model says that it used. Input holds what was read from and written to the cache. */
export interface Reading {
  readonly model: string | null;
  readonly usage: Usage;
}

/** Gathers what the parts of one answer say: a whole answer is one part, of a stream each event is one. */
export interface UsageReader {
  add(part: JsonObject): void;
  /** Null: nothing was said of tokens, or not yet the last word. */
  result(): Reading | null;
}

/** Ends of a stream after which no number changes: of the Responses API and of Anthropic's Messages. */
const LAST = new Set(["response.completed", "response.incomplete", "response.failed", "message_stop"]);

/** Whether a part of a stream is the last that says anything, so that a client may well hang up after it. */
export const isLastEvent = (part: JsonObject): boolean =>
  LAST.has(textField(part, "type") ?? "") ||
  (objectField(part, "usage") !== null && Array.isArray(part["choices"]) && part["choices"].length === 0);

/**
 * Usage of OpenAI's chat completions, completions, responses and embeddings and of Anthropic's messages, whole and as
 * streams: later numbers of a stream take the place of earlier ones. Anthropic's first event tells one output token of
 * an answer that is not written yet, so that alone it is not the last word.
 */
export function createUsageReader(): UsageReader {
  let model: string | null = null;
  let numbers: JsonObject = {};
  let isFinal = false;
  return {
    add(part) {
      const inner = objectField(part, "response", "message") ?? {};
      const name = textField(part, "model") ?? textField(inner, "model");
      if (name !== null) model = name.slice(0, 300);
      const usage = objectField(part, "usage") ?? objectField(inner, "usage");
      if (usage === null) return;
      const said = Object.entries(usage).filter(([, value]) => value !== null);
      numbers = { ...numbers, ...Object.fromEntries(said) };
      if (textField(part, "type") !== "message_start") isFinal = true;
    },
    result() {
      const usage = usageOf(numbers);
      const isKnown = usage.inputTokens !== null || usage.outputTokens !== null;
      return isFinal && isKnown ? { model, usage } : null;
    },
  };
}

function usageOf(numbers: JsonObject): Usage {
  const of = (...names: readonly string[]): number | null => {
    const value = numberField(numbers, ...names);
    return value === null || value < 0 ? null : value;
  };
  const detail = (outer: readonly string[], name: string): number | null => {
    const details = objectField(numbers, ...outer);
    return isJsonObject(details) ? numberField(details, name) : null;
  };
  const input = of("prompt_tokens", "input_tokens");
  const read = of("cache_read_input_tokens");
  const write = of("cache_creation_input_tokens");
  const isApart = read !== null || write !== null; // Anthropic counts the cache beside the input, OpenAI within it
  return {
    inputTokens: input === null ? null : input + (read ?? 0) + (write ?? 0),
    outputTokens: of("completion_tokens", "output_tokens"),
    cacheReadTokens: isApart
      ? read
      : (detail(["prompt_tokens_details", "input_tokens_details"], "cached_tokens") ??
        of("prompt_cache_hit_tokens")),
    cacheWriteTokens: write,
    reasoningTokens: detail(["completion_tokens_details", "output_tokens_details"], "reasoning_tokens"),
  };
}
