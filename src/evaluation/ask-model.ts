import { askModel, requestOf } from "../judges/model/ask-model.ts";
import type { Question } from "../judges/model/question.ts";
import { callKey } from "../ledger/keys.ts";
import type { CallOutcome, CallResult, Ledger } from "../ledger/ledger.ts";
import { endpointFingerprint } from "../llm/fingerprint.ts";
import type { Llm, LlmRequest } from "../llm/llm.ts";
import type { CallRequest, SourceRef } from "../store/ledger-store.ts";
import type { TraceStore } from "../store/store.ts";
import { createGate, type Gate } from "./gate.ts";

export interface ModelAsker {
  readonly ledger: Ledger;
  readonly llm: Llm;
  readonly traces: TraceStore;
  readonly projectId: string;
  readonly signal: AbortSignal;
  /** Above 0: asked once more, whatever was answered before. */
  readonly take?: number | undefined;
}

/** A question's further takes have keys of their own; the first has the one that everybody shares. */
export const takeOf = (take: number | undefined) => (take === undefined || take === 0 ? {} : { take });

const gates = new WeakMap<Llm, Gate>();

/** Of all judges that ask an endpoint. */
export function gateOf(llm: Llm): Gate {
  const gate = gates.get(llm) ?? createGate(llm.endpoint.concurrency);
  gates.set(llm, gate);
  return gate;
}

/**
 * Asks a judge's question once for the whole project: equal content to the same model is one call, whoever asks.
 * @throws LlmError of kind `cancelled` when the job was stopped.
 */
export function askModelOnce(
  question: Question,
  sources: readonly SourceRef[],
  { ledger, llm, traces, projectId, signal, take }: ModelAsker,
): Promise<CallResult> {
  const { ask, keyMaterial } = question;
  if (ask.by !== "llm") throw new Error("a question for the assistant was given to a model");
  const mediaOf: LlmRequest["mediaOf"] = async ({ hash }) =>
    (await traces.getMedia(projectId, hash))?.data ?? null;
  const call: CallRequest = {
    key: callKey("judge", {
      question: keyMaterial,
      endpoint: endpointFingerprint(llm.endpoint),
      ...takeOf(take),
    }),
    kind: "judge",
    estimate: llm.estimate(requestOf(ask, mediaOf)),
    sources,
  };
  const run = async (): Promise<CallOutcome> => {
    const { answer, spent } = await askModel(llm, ask, { signal, mediaOf });
    if (answer.state === "failed") return { failed: answer.reason, spent };
    const { answer: said, truncated, source, costUsd, inputTokens, outputTokens } = answer;
    return {
      answer: { answer: said, truncated, model: source.id, costUsd, inputTokens, outputTokens },
      spent,
    };
  };
  return gateOf(llm)(() => ledger.call(call, run));
}
