import { randomBytes } from "node:crypto";
import { z } from "zod";
import { AppError } from "../../errors.ts";
import { sourcesOf } from "../../evaluation/obtain.ts";
import type { Held } from "../../evaluation/pipeline.ts";
import { callKey } from "../../ledger/keys.ts";
import type { CallOutcome, Ledger } from "../../ledger/ledger.ts";
import { endpointFingerprint } from "../../llm/fingerprint.ts";
import type { Llm } from "../../llm/llm.ts";
import { LlmError } from "../../llm/llm-error.ts";
import type { Example } from "../../model/example.ts";
import { NO_SPEND } from "../../model/ledger.ts";
import type { SourceRef } from "../../store/ledger-store.ts";
import type { ComponentSpec } from "../reflection/component-spec.ts";
import type { ReflectiveOrder } from "../reflection/material.ts";
import { candidateFromAnswer, readProposal } from "../reflection/proposal.ts";
import { reflectionRequest } from "../reflection/request.ts";
import { workOrderItem } from "../reflection/work-order.ts";
import type { Proposal } from "../search/contract.ts";
import type { CodeObjection } from "./code-guard.ts";

export type Propose = (order: ReflectiveOrder) => Promise<Proposal | Held>;

export interface ProposerOptions {
  readonly optimizationId: string;
  readonly seed: string;
  readonly ledger: Ledger;
  readonly specs: readonly ComponentSpec[];
  readonly examples: ReadonlyMap<string, Example>;
  readonly signal: AbortSignal;
}

/** What an order shows is derived from its cases' sources: their deletion deletes it. */
function sourcesOfOrder(order: ReflectiveOrder, examples: ReadonlyMap<string, Example>): SourceRef[] {
  const ids = [...new Set(order.records.map(({ case: { exampleId } }) => exampleId))];
  return ids.flatMap((id) => {
    const example = examples.get(id);
    return example ? sourcesOf(example) : [];
  });
}

const placeOf = ({ optimizationId, seed }: ProposerOptions, { iteration, slot }: ReflectiveOrder) => ({
  optimizationId,
  seed,
  iteration,
  slot,
});

const Reflected = z.object({ text: z.string(), truncated: z.boolean() });

/** Proposals of a reflection model, each asked once. */
export function modelProposer(llm: Llm, options: ProposerOptions): Propose {
  const { ledger, specs, examples, signal } = options;
  return async (order) => {
    const { request } = reflectionRequest(order, { components: specs });
    const { messages } = request;
    const place = placeOf(options, order);
    const material = {
      place,
      messages: JSON.stringify(messages),
      endpoint: endpointFingerprint(llm.endpoint),
    };
    const result = await ledger.call(
      {
        key: callKey("reflection", material),
        kind: "reflection",
        estimate: llm.estimate(request),
        sources: sourcesOfOrder(order, examples),
      },
      async (): Promise<CallOutcome> => {
        try {
          const answer = await llm.complete(request, { signal });
          const truncated = answer.finishReason === "length";
          return { answer: { text: answer.text, truncated }, spent: answer.spend };
        } catch (error) {
          if (error instanceof LlmError && error.kind !== "cancelled")
            return { failed: `the reflection model gave no answer (${error.kind})`, spent: error.spend };
          throw error;
        }
      },
    );
    if (result.state === "pending" || result.state === "over_budget") return result.state;
    if (result.state === "failed") return { state: "failed", reason: result.error };
    return readProposal(Reflected.parse(result.answer), order);
  };
}

/** What answers a work order: a text through submit_answers, or texts and code through try_candidate. */
export const OrderAnswer = z.union([
  z.object({
    components: z.record(z.string(), z.string()),
    code: z.string().nullable(),
    hypothesis: z.string().nullable(),
  }),
  z.object({ text: z.string(), rationale: z.string().nullable() }),
]);

export const orderTaskId = (optimizationId: string, { iteration, slot }: ReflectiveOrder): string =>
  `c-${optimizationId}-${iteration}-${slot}`;

/** Proposals of the attached assistant: an order is a task, and the campaign waits for it. */
export function assistantProposer(
  options: ProposerOptions & { readonly codeObjection: CodeObjection },
): Propose {
  const { optimizationId, ledger, specs, examples } = options;
  return async (order) => {
    const { rubric, item } = workOrderItem(order, { components: specs });
    const result = await ledger.ask(
      {
        key: callKey("candidate", placeOf(options, order)),
        kind: "candidate",
        estimate: NO_SPEND,
        sources: sourcesOfOrder(order, examples),
      },
      {
        id: orderTaskId(optimizationId, order),
        kind: "candidate",
        rubric,
        item,
        labels: [],
        code: randomBytes(3).toString("hex"),
        check: null,
      },
    );
    if (result.state === "pending" || result.state === "over_budget") return result.state;
    if (result.state === "failed") return { state: "failed", reason: result.error };
    const answer = OrderAnswer.parse(result.answer);
    if ("components" in answer) {
      const { code } = answer;
      const parent = order.parent.candidate.code;
      const against = code !== null && parent !== null ? await options.codeObjection(parent, code) : null;
      return against === null ? { state: "proposed", ...answer } : { state: "failed", reason: against };
    }
    try {
      return candidateFromAnswer(answer.text, order);
    } catch (error) {
      if (error instanceof AppError) return { state: "failed", reason: error.message };
      throw error;
    }
  };
}
