import { APIConnectionError, APIConnectionTimeoutError, APIError } from "openai";
import type { LlmErrorKind } from "./llm-error.ts";
import { retryAfterMs } from "./retry-after.ts";
import { AnswerTooLarge } from "./transport.ts";

/** Why one attempt failed, and what follows from it. */
export interface Fault {
  readonly kind: LlmErrorKind;
  /** In our words. */
  readonly message: string;
  readonly status: number | null;
  /** Worth another attempt. */
  readonly transient: boolean;
  /** The endpoint has too much to do. */
  readonly throttled: boolean;
  readonly retryAfterMs: number | null;
  /** May have been paid for. */
  readonly unmeasured: boolean;
  /** What the provider says is wrong, where it says so in a form that programs can read; for `adapt` only. */
  readonly complaint: { readonly code: string; readonly param: string | null; readonly text: string } | null;
  readonly providerMessage: string | null;
}

const BASE = {
  status: null,
  transient: false,
  throttled: false,
  retryAfterMs: null,
  unmeasured: false,
  complaint: null,
  providerMessage: null,
} as const;

/** A fault that needs no more words than these. */
export const plainFault = (
  kind: LlmErrorKind,
  message: string,
  rest: Partial<Omit<Fault, "kind" | "message">> = {},
): Fault => ({ ...BASE, kind, message, ...rest });

/** Longest text of a provider that is looked at. */
const MAX_TEXT = 4_000;
/** Longest text of a provider that is kept for whoever asks. */
const MAX_SHOWN = 400;

/** A provider's text, shortened, without what we authenticated with. */
export const cleanText = (text: string, secrets: readonly string[]): string =>
  secrets
    .reduce((clean, secret) => clean.replaceAll(secret, "[redacted]"), text.slice(0, 2 * MAX_TEXT))
    .slice(0, MAX_TEXT);

/** What an error thrown by the SDK means. Its own text and headers go no further: they can hold the request. */
export function faultOf(error: unknown, secrets: readonly string[], nowMs: number): Fault {
  if (error instanceof APIConnectionTimeoutError)
    return plainFault("timeout", "The endpoint did not answer in time", {
      transient: true,
      unmeasured: true,
    });
  if (error instanceof APIConnectionError) return connectionFault(error.cause);
  if (error instanceof APIError && error.status !== undefined) {
    const header = (name: string): string | null => error.headers?.get(name) ?? null;
    return statusFault(error.status, {
      code: String(error.code ?? error.type ?? ""),
      param: error.param ?? null,
      text: cleanText(error.message, secrets),
      retryAfterMs: retryAfterMs(header, nowMs),
    });
  }
  return plainFault("server", "The call failed in an unexpected way", { unmeasured: true });
}

const NEVER_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;
const NO_TLS = /CERT|SELF_SIGNED|^ERR_TLS|^ERR_SSL|^EPROTO$|UNABLE_TO_VERIFY/;

function connectionFault(cause: unknown): Fault {
  if (cause instanceof AnswerTooLarge)
    return plainFault("malformed", "The endpoint's answer is larger than any answer of a model");
  const code = codeOf(cause);
  const message = `The endpoint cannot be reached, or broke off${code === "" ? "" : ` (${code})`}`;
  return plainFault("connection", message, {
    transient: !NO_TLS.test(code),
    unmeasured: !NEVER_SENT.test(code) && !NO_TLS.test(code),
  });
}

/** The code of a system error, such as ECONNRESET; anything else is not repeated. */
function codeOf(cause: unknown): string {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]{2,50}$/.test(code) ? code : "";
}

interface Said {
  readonly code: string;
  readonly param: string | null;
  readonly text: string;
  readonly retryAfterMs: number | null;
}

const QUOTA =
  /insufficient_quota|billing_hard_limit|billing_not_active|exceeded_current_quota|insufficient_credits/i;
const FILTERED = /content_filter|content_policy|responsibleaipolicy/i;
const TOO_LONG =
  /context_length_exceeded|maximum context length|context window|too many tokens|prompt is too long/i;
const NO_JSON = /json_validate_failed/i;

/**
 * What an HTTP status of a chat-completions API means. The codes are OpenAI's
 * (https://platform.openai.com/docs/guides/error-codes), Azure's content filter and Groq's `json_validate_failed`.
 */
export function statusFault(status: number, said: Said): Fault {
  const rest = { status, providerMessage: said.text.slice(0, MAX_SHOWN), retryAfterMs: said.retryAfterMs };
  const plain = (kind: LlmErrorKind, message: string, more: Partial<Fault> = {}): Fault =>
    plainFault(kind, message, { ...rest, ...more });
  if (status === 402 || (status === 429 && QUOTA.test(`${said.code} ${said.text}`)))
    return plain("quota", "The provider says that the account's quota or credit is used up");
  if (status === 401 || status === 403) return plain("auth", `The endpoint refuses the key (${status})`);
  if (status === 429)
    return plain("rate_limited", "The endpoint's rate limit is reached", {
      transient: true,
      throttled: true,
    });
  if (status === 408) return plain("timeout", "The endpoint gave up waiting (408)", { transient: true });
  if (status === 409) return plain("server", "The endpoint reports a conflict (409)", { transient: true });
  if (status >= 500 && status !== 501)
    return plain("server", `The endpoint failed (${status})`, {
      transient: true,
      throttled: status === 503 || status === 529,
      unmeasured: status === 502 || status === 504 || status === 524,
    });
  if (FILTERED.test(`${said.code} ${said.text}`))
    return plain("content_filter", "The provider's content filter refuses the request");
  if (NO_JSON.test(said.code))
    return plain("malformed", "The model wrote no valid JSON", { transient: true });
  const { code, param, text } = said;
  const complaint = { code, param, text };
  if (TOO_LONG.test(`${code} ${text}`) || status === 413)
    return plain("too_long", `The request is longer than the model takes (${status})`, { complaint });
  return plain("bad_request", refusalOf(status), { complaint });
}

function refusalOf(status: number): string {
  if (status === 404) return "The endpoint has no such model or path (404)";
  if (status >= 300 && status < 400)
    return `The endpoint answers with a redirect (${status}): give its final URL`;
  return `The endpoint refuses the request (${status})`;
}
