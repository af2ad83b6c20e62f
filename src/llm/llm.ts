import type { Endpoint } from "../model/endpoint.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { Spend } from "../model/ledger.ts";
import type { MediaRef, Message } from "../model/message.ts";
import type { Usage } from "../model/span.ts";

/** The JSON that an answer must be. */
export interface AnswerSchema {
  /** Letters, digits, _ and -, at most 64. */
  readonly name: string;
  /** A JSON Schema of an object. Only one that closes every object and requires every field is enforced by providers. */
  readonly schema: JsonObject;
  /** Decides whether a value will do. Without it, the value is checked against `schema` (zod's reading of it). */
  readonly accepts?: ((value: Json) => boolean) | undefined;
  /** A shorter answer is of no use: one that was cut off is asked for again with more room, never in fewer words. */
  readonly whole?: boolean | undefined;
}

/** A function that the model may ask for. */
export interface LlmTool {
  /** Letters, digits, _ and -, at most 64. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly parameters: JsonObject;
}

/** What the model asks for. Untrusted. */
export interface LlmToolCall {
  readonly id: string;
  readonly name: string;
  /** Parsed where it was valid JSON, else the text as it came. */
  readonly arguments: Json;
}

export interface LlmRequest {
  readonly messages: readonly Message[];
  readonly answer?: AnswerSchema | undefined;
  /** Not together with `answer`: who asks for calls says by one what it concludes. */
  readonly tools?: readonly LlmTool[] | undefined;
  readonly maxOutputTokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly seed?: number | undefined;
  /** The bytes of stored media in the messages; null when they are gone. */
  readonly mediaOf?: ((ref: MediaRef) => Promise<Uint8Array | null>) | undefined;
}

export type FinishReason = "stop" | "length" | "content_filter" | "tool_calls" | "other";

export interface LlmAnswer {
  /** What the model wrote: untrusted. */
  readonly text: string;
  /** The value of the asked schema; null when none was asked. Untrusted. */
  readonly json: Json;
  /** In the order in which the model asks for them; empty without tools. */
  readonly toolCalls: readonly LlmToolCall[];
  /** Of all attempts together; null is unknown. */
  readonly usage: Usage;
  /** Of all attempts whose usage is known, in US dollars; null when the price is not known. */
  readonly costUsd: number | null;
  /** Attempts that may have been paid for without our learning how much: then usage and cost are lower bounds. */
  readonly unmeasuredAttempts: number;
  /** The same for a ledger: one call. */
  readonly spend: Spend;
  /** The model that answered, as the endpoint names it. Untrusted. */
  readonly model: string;
  readonly finishReason: FinishReason;
  /** Requests that were sent. */
  readonly attempts: number;
  /** Of the attempt that answered, from sending to the last byte. */
  readonly latencyMs: number;
  /** What of the request the endpoint does not take and so was left out: `temperature`, `seed`, `reasoning parts`, ... */
  readonly ignored: readonly string[];
}

export interface Llm {
  readonly endpoint: Endpoint;
  /**
   * One answer, after as many attempts as the endpoint allows. Waits its turn: calls to one endpoint of this process
   * share its limit.
   * @throws LlmError when there is none. @throws AppError `invalid_input` for an answer schema that cannot be checked.
   */
  complete(request: LlmRequest, options?: { readonly signal?: AbortSignal | undefined }): Promise<LlmAnswer>;
  /** What a call will probably use, for a reservation: see `estimateCall`. */
  estimate(request: LlmRequest): Spend;
}
