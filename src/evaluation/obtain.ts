import { callKey } from "../ledger/keys.ts";
import type { CallOutcome, CallResult, Ledger, OverBudget } from "../ledger/ledger.ts";
import type { Example } from "../model/example.ts";
import { Json } from "../model/json.ts";
import { NO_SPEND, type Spend } from "../model/ledger.ts";
import type { CallRequest, SourceRef } from "../store/ledger-store.ts";
import type { Breaker } from "./breaker.ts";
import type { Gate } from "./gate.ts";
import type { Held, Work } from "./pipeline.ts";
import { missingRun } from "./recorded.ts";
import type { RunEstimate } from "./run-estimate.ts";
import { RunRecord } from "./run-record.ts";

/** The deletion of what an example came from deletes what was recorded for it. */
export const sourcesOf = ({ origin }: Example): SourceRef[] => [
  ...(origin.traceId === null ? [] : [{ traceId: origin.traceId }]),
  ...(origin.sessionId === null ? [] : [{ sessionId: origin.sessionId }]),
];

const toJson = (record: RunRecord): Json => Json.parse(JSON.parse(JSON.stringify(record)));

/** The key of an agent's run: of one evaluation only, since the agent may answer differently next time. */
export const runKey = (evaluationId: string, { example, repeat }: Work): string =>
  callKey("run", { evaluationId, exampleId: example.id, exampleHash: example.hash, repeat });

export interface ObtainOptions {
  readonly ledger: Ledger;
  readonly evaluationId: string;
  /** Costs nothing and is not charged: what already happened. */
  readonly free: boolean;
  /** Shared by all that runs the same program; so are `estimate` and `breaker`. */
  readonly gate: Gate;
  readonly estimate: RunEstimate;
  readonly breaker: Breaker;
  /** @param reserved what the ledger holds for it. */
  run(work: Work, reserved: Spend): Promise<Ran>;
}

/** One run of the agent, ended. */
export interface Ran {
  readonly record: RunRecord;
  /** All that it used: what the next run is taken to use. */
  readonly total: Spend;
  /** Of that, what has not been charged yet. */
  readonly spent: Spend;
  /** A model call of its own was refused: what it came to says nothing of the agent. */
  readonly overBudget: OverBudget | null;
}

/** Runs through the ledger: each once in an evaluation, also when its job is killed and goes on. */
export function createObtain({ ledger, evaluationId, free, gate, estimate, breaker, run }: ObtainOptions) {
  const runOnce = async (work: Work, reserved: Spend): Promise<CallOutcome> => {
    const { record, total, spent, overBudget } = await run(work, reserved);
    estimate.add(total, record.run.status);
    if (overBudget) return { overBudget, spent };
    breaker.note(record.run.status);
    // Recorded as failed, so that it can be tried again where it was.
    if (record.run.status === "infrastructure") return { failed: record.run.error ?? NOT_BEGUN, spent };
    return { answer: toJson(record), spent: free ? NO_SPEND : spent };
  };
  return async (work: Work): Promise<RunRecord | Held> => {
    const call = async () => {
      breaker.check();
      const request: CallRequest = {
        key: runKey(evaluationId, work),
        kind: "run",
        estimate: free ? NO_SPEND : estimate.next(),
        sources: sourcesOf(work.example),
      };
      const result = await ledger.call(request, () => runOnce(work, request.estimate));
      // Inside the gate: whoever waits to know what a run takes knows it then.
      if (result.state === "over_budget") estimate.giveUp();
      if (result.state !== "answered") return recordOf(result, notBegun);
      const record = RunRecord.parse(result.answer);
      if (result.replayed) estimate.add(usedBy(record, result.spent), record.run.status);
      return record;
    };
    return gate(call);
  };
}

/** All that a recorded run used; what was charged for it at its end may be less. */
const usedBy = ({ run: { inputTokens, outputTokens, costUsd } }: RunRecord, { calls }: Spend): Spend => ({
  calls: Math.max(1, calls),
  tokens: (inputTokens ?? 0) + (outputTokens ?? 0),
  usd: costUsd,
});

const NOT_BEGUN = "it could not be run";

const notBegun = (error: string): RunRecord => {
  const { run, evidence } = missingRun(error);
  return { evidence, run: { ...run, status: "infrastructure" } };
};

/** Runs of an earlier evaluation, judged anew; one that it does not have is missing. */
export function createReuse({
  ledger,
  evaluationId,
}: {
  readonly ledger: Ledger;
  readonly evaluationId: string;
}) {
  return async (work: Work): Promise<RunRecord | Held> => {
    const request: CallRequest = {
      key: runKey(evaluationId, work),
      kind: "run",
      estimate: NO_SPEND,
      sources: sourcesOf(work.example),
    };
    const none = async () => ({ failed: "not recorded", spent: NO_SPEND });
    return recordOf(await ledger.call(request, none), () =>
      missingRun("the earlier evaluation has no such run"),
    );
  };
}

function recordOf(result: CallResult, failed: (error: string) => RunRecord): RunRecord | Held {
  if (result.state === "answered") return RunRecord.parse(result.answer);
  if (result.state === "failed") return failed(result.error);
  return result.state;
}
