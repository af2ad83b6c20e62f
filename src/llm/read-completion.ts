import { z } from "zod";
import { isJsonObject, Json } from "../model/json.ts";
import { NO_USAGE, type Usage } from "../model/span.ts";
import { cleanText, type Fault, plainFault, statusFault } from "./fault.ts";
import type { FinishReason, LlmToolCall } from "./llm.ts";

const count = z.number().min(0).nullish().catch(null);
const ToolCall = z.object({
  id: z.string().nullish().catch(null),
  function: z.object({ name: z.string().max(200), arguments: z.unknown() }),
});

const TextPart = z.looseObject({ text: z.string() });

/** What of an answer of the API is used; compatible servers leave out much of the rest. */
const Completion = z.object({
  model: z.string().max(300).nullish().catch(null),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          content: z.union([z.string(), z.array(z.unknown())]).nullish(),
          refusal: z.string().nullish().catch(null),
          tool_calls: z.array(z.unknown()).nullish().catch(null),
        }),
      }),
    )
    .min(1),
  usage: z
    .object({
      prompt_tokens: count,
      completion_tokens: count,
      prompt_tokens_details: z.object({ cached_tokens: count }).nullish().catch(null),
      /** DeepSeek's name for the same. */
      prompt_cache_hit_tokens: count,
      completion_tokens_details: z.object({ reasoning_tokens: count }).nullish().catch(null),
    })
    .nullish()
    .catch(null),
});
type Completion = z.infer<typeof Completion>;

export interface ReadCompletion {
  readonly text: string;
  readonly toolCalls: readonly LlmToolCall[];
  /** The model declined in so many words. */
  readonly refused: boolean;
  readonly finishReason: FinishReason;
  readonly model: string | null;
  readonly usage: Usage;
}

/** An answer with status 200, or what is wrong with it. Some gateways put an error into it. */
export function readCompletion(body: string, secrets: readonly string[]): ReadCompletion | Fault {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return notCompletion();
  }
  const parsed = Completion.safeParse(value);
  const choice = parsed.data?.choices[0];
  if (!parsed.success || !choice) return errorInside(value, secrets) ?? notCompletion();
  const { content, refusal, tool_calls } = choice.message;
  const text = typeof content === "string" ? content : (content ?? []).map(partText).join("");
  const refused = text === "" && typeof refusal === "string" && refusal !== "";
  return {
    text: refused ? (refusal ?? "") : text,
    toolCalls: (tool_calls ?? []).flatMap(toolCallOf),
    refused,
    finishReason: finishReasonOf(choice.finish_reason ?? "stop"),
    model: parsed.data.model ?? null,
    usage: usageOf(parsed.data.usage),
  };
}

/** The answer came: its tokens were probably paid for, and are not known. */
const notCompletion = (): Fault =>
  plainFault("malformed", "The endpoint's answer is no chat completion", {
    status: 200,
    transient: true,
    unmeasured: true,
  });

function errorInside(value: unknown, secrets: readonly string[]): Fault | undefined {
  const error = isJsonObject(value) ? value["error"] : undefined;
  if (!isJsonObject(error)) return undefined;
  const code = Number(error["code"] ?? error["status"]);
  const text = cleanText(typeof error["message"] === "string" ? error["message"] : "", secrets);
  const status = Number.isInteger(code) && code >= 400 && code < 600 ? code : 500;
  return statusFault(status, { code: String(error["type"] ?? ""), param: null, text, retryAfterMs: null });
}

/** Ids are given where the server gave none, so that results can name their calls. */
function toolCallOf(value: unknown, index: number): LlmToolCall[] {
  const parsed = ToolCall.safeParse(value);
  if (!parsed.success) return [];
  const { name, arguments: given } = parsed.data.function;
  return [{ id: parsed.data.id || `call_${index + 1}`, name, arguments: argumentsOf(given) }];
}

function argumentsOf(given: unknown): Json {
  if (typeof given !== "string") return Json.catch(null).parse(given ?? null);
  try {
    return JSON.parse(given);
  } catch {
    return given;
  }
}

function partText(part: unknown): string {
  const parsed = TextPart.safeParse(part);
  return parsed.success ? parsed.data.text : "";
}

function finishReasonOf(reason: string): FinishReason {
  switch (reason) {
    case "stop":
    case "length":
    case "content_filter":
    case "tool_calls":
      return reason;
    case "eos":
      return "stop";
    case "max_tokens":
      return "length";
    default:
      return "other";
  }
}

function usageOf(usage: Completion["usage"]): Usage {
  if (!usage) return NO_USAGE;
  return {
    inputTokens: usage.prompt_tokens ?? null,
    outputTokens: usage.completion_tokens ?? null,
    cacheReadTokens: usage.prompt_tokens_details?.cached_tokens ?? usage.prompt_cache_hit_tokens ?? null,
    cacheWriteTokens: null,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? null,
  };
}
