import { AppError, type ErrorCode } from "../errors.ts";
import type { Spend } from "../model/ledger.ts";

/**
 * Why a call got no answer.
 * - `auth`: the key was refused
 * - `quota`: the account has no credit left
 * - `bad_request`: the endpoint refuses the request as it is
 * - `too_long`: the request is longer than the model takes
 * - `rate_limited`, `timeout`, `server`, `connection`: still so after all attempts
 * - `content_filter`: the provider or the model would not answer
 * - `truncated`, `malformed`: cut at the length limit, or no JSON of the asked schema, however often asked
 * - `unsupported`: the endpoint lacks what the request needs; nothing was sent, or it said so
 * - `cancelled`: by the caller
 */
export type LlmErrorKind =
  | "auth"
  | "quota"
  | "bad_request"
  | "too_long"
  | "rate_limited"
  | "timeout"
  | "server"
  | "connection"
  | "content_filter"
  | "truncated"
  | "malformed"
  | "unsupported"
  | "cancelled";

const CODES: Readonly<Record<LlmErrorKind, ErrorCode>> = {
  auth: "refused",
  quota: "refused",
  bad_request: "invalid_input",
  too_long: "invalid_input",
  rate_limited: "unavailable",
  timeout: "unavailable",
  server: "unavailable",
  connection: "unavailable",
  content_filter: "refused",
  truncated: "unavailable",
  malformed: "unavailable",
  unsupported: "invalid_input",
  cancelled: "unavailable",
};

const HINTS: Readonly<Record<LlmErrorKind, string>> = {
  auth: "Check the key that the endpoint's apiKeyEnv or apiKeyFile names, and that it may use this model.",
  quota: "Add credit or raise the limit at the provider, or use another endpoint.",
  bad_request: "Check the endpoint's baseUrl, model and extra in the models file.",
  too_long: "Shorten the input, or use a model with a larger context window.",
  rate_limited: "Lower the endpoint's concurrency, or try again later.",
  timeout: "Raise the endpoint's timeoutMs, or try again later.",
  server: "Try again later.",
  connection: "Check the endpoint's baseUrl, and that its server runs.",
  content_filter: "The input cannot be sent to this model.",
  truncated: "Allow more output tokens, or ask for a shorter answer.",
  malformed: "Use a model that follows instructions better, or set the endpoint's structuredOutput.",
  unsupported: "Use an endpoint that has it, or correct the endpoint's entry in the models file.",
  cancelled: "",
};

const RETRYABLE: ReadonlySet<LlmErrorKind> = new Set([
  "rate_limited",
  "timeout",
  "server",
  "connection",
  "truncated",
  "malformed",
]);

export interface LlmErrorDetails {
  /** Requests that were sent. */
  readonly attempts: number;
  readonly status?: number | null | undefined;
  /** What the attempts cost though none gave an answer. */
  readonly spend: Spend;
  readonly unmeasuredAttempts: number;
  readonly providerMessage?: string | null | undefined;
}

/** A call without an answer. The message is in our words only, so that it can be shown, stored and logged. */
export class LlmError extends AppError {
  readonly kind: LlmErrorKind;
  readonly attempts: number;
  /** The same call later may succeed. */
  readonly retryable: boolean;
  readonly status: number | null;
  readonly spend: Spend;
  /** Attempts that may have been paid for without our learning how much: timeouts, lost connections, server errors. */
  readonly unmeasuredAttempts: number;
  readonly #providerMessage: string | null;

  constructor(kind: LlmErrorKind, message: string, details: LlmErrorDetails) {
    super(CODES[kind], message, { hint: HINTS[kind] });
    this.name = "LlmError";
    this.kind = kind;
    this.attempts = details.attempts;
    this.retryable = RETRYABLE.has(kind);
    this.status = details.status ?? null;
    this.spend = details.spend;
    this.unmeasuredAttempts = details.unmeasuredAttempts;
    this.#providerMessage = details.providerMessage ?? null;
  }

  /**
   * What the provider wrote, shortened, without our key: untrusted text, which may repeat the request. A getter of a
   * private field, so that no logger and no serializer finds it.
   */
  get providerMessage(): string | null {
    return this.#providerMessage;
  }
}
