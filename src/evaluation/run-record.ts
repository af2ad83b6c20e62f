import { z } from "zod";
import type { Recording } from "../judges/agent/reading-tools.ts";
import { ResultRun } from "../model/evaluation.ts";
import type { Example } from "../model/example.ts";
import { Json } from "../model/json.ts";
import type { JudgedItem } from "../model/judged-item.ts";
import { Message } from "../model/message.ts";
import { RetrievedDocument } from "../model/span.ts";
import { Cut } from "../model/verdict.ts";

/** What judges may see of a run beside its result; part of the recorded answer, so that a resumed job judges the same. */
export const RunEvidence = z.object({
  system: z.string().nullable(),
  conversation: z.array(Message),
  turns: z.array(z.int()).optional(),
  toolCalls: z.array(
    z.object({
      name: z.string(),
      arguments: Json,
      result: Json,
      isError: z.boolean(),
      spanId: z.string().nullable(),
      turn: z.int().nullable(),
    }),
  ),
  tools: Json,
  retrievals: z.array(
    z.object({ spanId: z.string().nullable(), query: Json, documents: z.array(RetrievedDocument) }),
  ),
  innerErrors: z.int().nullable(),
  /** An answer ended at a limit of tokens or steps, as far as anybody said so. */
  cutOff: z.boolean().optional(),
  cuts: z.array(Cut),
  feedback: z.record(z.string(), Json),
});
export type RunEvidence = z.infer<typeof RunEvidence>;

/** One run of one example, as the ledger keeps it. */
export const RunRecord = z.object({ run: ResultRun, evidence: RunEvidence });
export type RunRecord = z.infer<typeof RunRecord>;

export const NO_EVIDENCE: RunEvidence = {
  system: null,
  conversation: [],
  toolCalls: [],
  tools: null,
  retrievals: [],
  innerErrors: null,
  cuts: [],
  feedback: {},
};

/** Runs that say nothing about the agent: the judge is not asked, and their verdicts are missing data. */
export const isMissing = ({ status }: ResultRun): boolean =>
  status === "infrastructure" || status === "missing";

/** What a judge that reads by tools opens of a run; null when nothing of it was recorded. */
export const recordingOfRun = ({ traceIds }: Pick<ResultRun, "traceIds">): Recording | null =>
  traceIds.length > 0 ? { traceIds } : null;

/** What a judge looks at: the example's question and expectations, the run's answer and evidence. */
export function itemOf(
  example: Pick<Example, "inputs" | "expectations">,
  { run, evidence }: RunRecord,
): JudgedItem {
  return {
    inputs: example.inputs,
    output: run.output,
    system: evidence.system,
    conversation: evidence.conversation,
    ...(evidence.turns === undefined ? {} : { turns: evidence.turns }),
    toolCalls: evidence.toolCalls,
    tools: evidence.tools,
    retrievals: evidence.retrievals,
    state: run.state,
    expectations: example.expectations,
    run: {
      ok: run.status === "ok",
      error: run.error,
      durationMs: run.durationMs,
      costUsd: run.costUsd,
      inputTokens: run.inputTokens,
      outputTokens: run.outputTokens,
      steps: run.steps,
      innerErrors: evidence.innerErrors,
    },
    feedback: evidence.feedback,
  };
}
