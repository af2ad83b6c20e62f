import type { Endpoint } from "../model/endpoint.ts";
import type { Json } from "../model/json.ts";
import { NO_SPEND } from "../model/ledger.ts";
import type { Clock } from "./clock.ts";
import { type Cost, estimateCall } from "./cost.ts";
import { type Fault, plainFault } from "./fault.ts";
import { answerCheck, findJson } from "./json-answer.ts";
import { type Limiter, MAX_PAUSE_MS, type Slot } from "./limiter.ts";
import type { LlmAnswer, LlmRequest } from "./llm.ts";
import { LlmError } from "./llm-error.ts";
import { adapt, type Dialect, type Plan, repair } from "./plan.ts";
import { type ReadCompletion, readCompletion } from "./read-completion.ts";
import { requestBody } from "./request-body.ts";
import type { Sender } from "./send.ts";
import { createTally, type Tally } from "./tally.ts";
import { CannotSend, toWire, type WireMessages } from "./wire-messages.ts";

/** What all calls to an endpoint have in common. */
export interface CallTools {
  readonly endpoint: Endpoint;
  readonly sender: Sender;
  readonly limiter: Limiter;
  readonly dialect: Dialect;
  readonly cost: Cost;
  readonly clock: Clock;
}

interface Call {
  readonly request: LlmRequest;
  readonly signal: AbortSignal | undefined;
  readonly wire: WireMessages;
  readonly ticket: number;
  readonly tally: Tally;
  plan: Plan;
  /** Requests sent. */
  sent: number;
  /** Of these, attempts that count against the endpoint's bound. */
  tries: number;
  adaptations: number;
  keyRenewed: boolean;
  /** Which of the sender's keys went with the last attempt. */
  keyVersion: number;
}

const BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;

/** Exponential, with full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). */
const backoffMs = (tries: number, random: number): number =>
  random * Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** (tries - 1));

/** Ways of asking that one call tries when its request is refused; they are no retries of a failure. */
const MOST_ADAPTATIONS = 5;
/** So many times the endpoint's attempts are sent at most, whatever they count. */
const FREE_SENDS = 4;

/** One call of a model: as many requests as it takes, within the endpoint's bounds. See `Llm.complete`. */
export async function runCall(
  tools: CallTools,
  request: LlmRequest,
  signal: AbortSignal | undefined,
): Promise<LlmAnswer> {
  const check = request.answer ? answerCheck(request.answer) : null;
  const tally = createTally(estimateCall(request, tools.cost, tools.clock.now()));
  const wire = await wireOf(request, tools.endpoint);
  const call: Call = {
    ...{ request, signal, tally, wire, ticket: tools.limiter.ticket(), plan: tools.dialect.plan(request) },
    ...{ sent: 0, tries: 0, adaptations: 0, keyRenewed: false, keyVersion: 0 },
  };
  for (;;) {
    const startedMs = tools.clock.now();
    const { latencyMs, outcome } = await attempt(tools, call);
    if ("kind" in outcome) {
      await prepareNext(tools, call, outcome);
      continue;
    }
    tally.answered(outcome.usage, tools.cost(outcome.usage, outcome.model, startedMs));
    const value = readValue(outcome, check);
    if ("kind" in value) await prepareNext(tools, call, value);
    else {
      tools.dialect.learn(request, call.plan);
      return answerOf(tools, call, outcome, value, latencyMs);
    }
  }
}

async function wireOf(request: LlmRequest, { vision }: Endpoint): Promise<WireMessages> {
  try {
    return await toWire(request, vision);
  } catch (error) {
    if (error instanceof CannotSend)
      throw new LlmError("unsupported", error.message, {
        attempts: 0,
        spend: NO_SPEND,
        unmeasuredAttempts: 0,
      });
    throw error;
  }
}

interface Attempt {
  readonly latencyMs: number;
  readonly outcome: ReadCompletion | Fault;
}

async function attempt({ endpoint, sender, limiter, clock }: CallTools, call: Call): Promise<Attempt> {
  const slot = await limiter.enter(call.ticket, call.signal);
  if (slot === "cancelled")
    return { latencyMs: 0, outcome: plainFault("cancelled", "The call was cancelled") };
  if (slot === "paused_too_long")
    return { latencyMs: 0, outcome: askedToWait(limiter.pausedUntilMs() - clock.now()) };
  try {
    call.sent += 1;
    call.tries += 1;
    call.keyVersion = sender.keyVersion();
    const startedMs = clock.now();
    const body = requestBody(endpoint, call.request, call.wire.messages, call.plan);
    const sent = await sender.send(body, call.signal);
    const outcome = typeof sent === "string" ? readCompletion(sent, sender.secrets) : sent;
    // Turned away while the limit was still coming down: that says nothing about this call.
    if (!giveBack(slot, outcome) && mayTryFreely(endpoint, call)) call.tries -= 1;
    return { latencyMs: Math.round(clock.now() - startedMs), outcome };
  } finally {
    slot.release(); // no-op once given back
  }
}

const mayTryFreely = ({ maxAttempts }: Endpoint, call: Call): boolean =>
  maxAttempts > 1 && call.sent < FREE_SENDS * maxAttempts;

/** False when this was no fair attempt. */
function giveBack(slot: Slot, outcome: ReadCompletion | Fault): boolean {
  if (!("kind" in outcome)) slot.succeed();
  else if (outcome.throttled) return slot.throttle(outcome.retryAfterMs);
  else slot.release();
  return true;
}

const askedToWait = (ms: number): Fault =>
  plainFault("rate_limited", `The endpoint asks to wait for ${Math.ceil(ms / 1_000)} s, which is too long`);

interface Value {
  readonly json: Json;
}

/** The asked value in an answer; null when none was asked; a fault when the answer cannot be used. */
function readValue(read: ReadCompletion, check: ((value: Json) => boolean) | null): Value | Fault {
  if (read.finishReason === "content_filter")
    return plainFault("content_filter", "The provider's content filter cut the answer off");
  if (!check) return { json: null };
  if (read.refused) return plainFault("content_filter", "The model declined to answer");
  const json = findJson(read.text, check);
  if (json !== undefined) return { json };
  return read.finishReason === "length"
    ? plainFault("truncated", "The answer was cut at the length limit, however often asked")
    : plainFault("malformed", "The answer was no JSON of the asked schema, however often asked");
}

/**
 * Waits as long as it must before the next attempt, and changes how it asks where that may help.
 * @throws LlmError when another attempt would not help or none is left
 */
async function prepareNext(tools: CallTools, call: Call, fault: Fault): Promise<void> {
  if (fault.unmeasured) call.tally.unmeasured();
  if (askOtherwise(tools, call, fault)) return;
  const { endpoint, clock, limiter } = tools;
  const isLast = call.tries >= endpoint.maxAttempts;
  if (fault.kind === "malformed" || fault.kind === "truncated") {
    const repaired = isLast ? null : repair(call.plan, fault.kind);
    if (!repaired) throw failure(call, fault);
    call.plan = repaired;
  } else if (!fault.transient || isLast) throw failure(call, fault);
  const { retryAfterMs } = fault;
  if (retryAfterMs !== null && retryAfterMs > MAX_PAUSE_MS) throw failure(call, askedToWait(retryAfterMs));
  // Where the limiter holds up all calls to the endpoint, this one waits with them.
  if (!fault.transient || (fault.throttled && limiter.pausedUntilMs() > 0)) return;
  const tries = Math.max(1, call.tries);
  await clock.sleep(Math.max(backoffMs(tries, clock.random()), retryAfterMs ?? 0), call.signal);
}

/** True when the request can be sent again at once, in a way that the endpoint has not refused yet. */
function askOtherwise({ endpoint, sender }: CallTools, call: Call, fault: Fault): boolean {
  const isAuto = endpoint.structuredOutput === "auto";
  const adapted = call.adaptations < MOST_ADAPTATIONS ? adapt(call.plan, call.request, fault, isAuto) : null;
  if (adapted) {
    call.plan = adapted;
    call.adaptations += 1;
    call.tries -= 1;
    return true;
  }
  if (fault.kind !== "auth" || call.keyRenewed) return false;
  call.keyRenewed = true;
  if (!sender.renewKey() && sender.keyVersion() === call.keyVersion) return false;
  call.tries -= 1;
  return true;
}

function failure(call: Call, fault: Fault): LlmError {
  // A larger limit than the endpoint allows was asked for because of a truncated answer: that is what went wrong.
  const grewTooFar = (fault.kind === "bad_request" || fault.kind === "too_long") && call.plan.truncated > 0;
  const kind = grewTooFar ? "truncated" : fault.kind;
  const message = grewTooFar ? "The answer was cut at the length limit" : fault.message;
  const { unmeasuredAttempts, spend } = call.tally.report();
  return new LlmError(kind, message, {
    attempts: call.sent,
    status: fault.status,
    spend,
    unmeasuredAttempts,
    providerMessage: fault.providerMessage,
  });
}

function answerOf(
  { endpoint }: CallTools,
  call: Call,
  { text, toolCalls, model, finishReason }: ReadCompletion,
  { json }: Value,
  latencyMs: number,
): LlmAnswer {
  return {
    ...{
      text,
      json,
      toolCalls,
      finishReason,
      latencyMs,
      model: model ?? endpoint.model,
      attempts: call.sent,
    },
    ...call.tally.report(),
    ignored: [...call.wire.ignored, ...call.plan.left],
  };
}
