import type { Question } from "../judges/model/question.ts";
import { callKey } from "../ledger/keys.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { endpointFingerprint } from "../llm/fingerprint.ts";
import type { Llm, LlmRequest } from "../llm/llm.ts";
import { LlmError } from "../llm/llm-error.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { Message } from "../model/message.ts";
import type { CallRequest, SourceRef } from "../store/ledger-store.ts";
import type { TraceStore } from "../store/store.ts";

export interface ModelAsker {
  readonly ledger: Ledger;
  readonly llm: Llm;
  readonly traces: TraceStore;
  readonly projectId: string;
  readonly signal: AbortSignal;
}

type LlmQuestion = Extract<Question["ask"], { by: "llm" }>;

const textPart = (text: string) => ({ type: "text", text }) as const;

function messagesOf({ system, user, media }: LlmQuestion): Message[] {
  const shown = media.map(({ modality, hash, mimeType, bytes }) => ({
    type: "media" as const,
    modality,
    ref: { hash, mimeType, bytes },
    uri: null,
  }));
  return [
    { role: "system", parts: [textPart(system)] },
    { role: "user", parts: [textPart(user), ...shown] },
  ];
}

/** Failures that say something about the answer, not about the endpoint: asking again would be the same. */
const ANSWERED_BADLY = new Set(["truncated", "malformed", "content_filter"]);
/** Failures that every further call would meet: the job stops, and goes on when they are mended. */
const HOPELESS = new Set(["auth", "quota"]);

const answerOf = (text: Json, truncated: boolean, rest: JsonObject = {}): JsonObject => ({
  answer: text,
  truncated,
  model: null,
  costUsd: null,
  inputTokens: null,
  outputTokens: null,
  ...rest,
});

/**
 * Asks a judge's question once for the whole project: equal content to the same model is one call, whoever asks.
 * @throws LlmError when the endpoint refuses the key or has no credit, or the job was stopped.
 */
export function askModel(question: Question, sources: readonly SourceRef[], asker: ModelAsker) {
  const { ask } = question;
  if (ask.by !== "llm") throw new Error("a question for the assistant was given to a model");
  const { llm, traces, projectId, signal } = asker;
  const request: LlmRequest = {
    messages: messagesOf(ask),
    answer: { name: "verdict", schema: ask.schema },
    mediaOf: async ({ hash }) => (await traces.getMedia(projectId, hash))?.data ?? null,
  };
  const call: CallRequest = {
    key: callKey("judge", { question: question.keyMaterial, endpoint: endpointFingerprint(llm.endpoint) }),
    kind: "judge",
    estimate: llm.estimate(request),
    sources,
  };
  return asker.ledger.call(call, async () => {
    try {
      const answer = await llm.complete(request, { signal });
      const { usage, costUsd, model } = answer;
      return {
        answer: answerOf(answer.json ?? answer.text, answer.finishReason === "length", {
          model,
          costUsd,
          inputTokens: usage.inputTokens,
          outputTokens: usage.outputTokens,
        }),
        spent: answer.spend,
      };
    } catch (error) {
      if (!(error instanceof LlmError) || error.kind === "cancelled" || HOPELESS.has(error.kind)) throw error;
      if (ANSWERED_BADLY.has(error.kind))
        return { answer: answerOf("", error.kind === "truncated"), spent: error.spend };
      return { failed: error.retryable ? "judge_outage" : "judge_failed", spent: error.spend };
    }
  });
}
