import type { JsonObject } from "../model/json.ts";
import type { Message } from "../model/message.ts";
import type { TargetUsage } from "../model/target-run.ts";

/** What prompt targets need of a language model. */
export interface CompletionRequest {
  /** Name of the endpoint, as the target's file has it. */
  readonly model: string;
  readonly messages: readonly Message[];
  /** As the target's file has them. */
  readonly settings: JsonObject;
  /** W3C trace context under which the call is to be recorded. */
  readonly traceparent: string;
}

export interface Completion {
  readonly text: string;
  readonly usage: TargetUsage | null;
  /** It ended at its limit of tokens. */
  readonly cutOff?: boolean;
  /** Why the model would not answer (a content filter, a prompt over its limit): a failure that is scored. */
  readonly error?: string | null | undefined;
}

/**
 * Asks a model endpoint. What it throws says that the endpoint did not do its work: missing data, not a failure of
 * the prompt; words of an AppError are shown, no others.
 */
export type Complete = (
  request: CompletionRequest,
  options: { readonly signal: AbortSignal },
) => Promise<Completion>;
