import type { JobTools } from "../jobs/runner.ts";
import { knownItemsOf } from "../judges/known-items.ts";
import { programRunner } from "../judges/run-program.ts";
import { createLedger, type Ledger } from "../ledger/ledger.ts";
import { usedUp } from "../ledger/used-up.ts";
import type { Job } from "../model/job.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { JudgingTools } from "./judge-item.ts";
import { llmsOf } from "./llms.ts";

/**
 * What judging needs within one job.
 * @param given the job's ledger where it has one already, and the seed where it is not the project.
 */
export async function judgingOf(
  job: Pick<Job, "projectId" | "id" | "epoch">,
  { store, signal }: Pick<JobTools, "store" | "signal">,
  judges: readonly ResolvedJudge[],
  repository: string,
  given: Partial<Pick<JudgingTools, "ledger" | "seed">> = {},
): Promise<JudgingTools> {
  const holder = { projectId: job.projectId, jobId: job.id, epoch: job.epoch };
  return {
    ledger: given.ledger ?? createLedger({ store: store.records.ledger, holder, signal }),
    traces: store.traces,
    projectId: job.projectId,
    jobId: job.id,
    seed: given.seed ?? job.projectId,
    signal,
    code: { signal, runCommand: programRunner({ root: repository, host: process.env, signal }) },
    llmOf: await llmsOf(judges),
    knownItems: knownItemsOf,
  };
}

/** @throws AppError `refused` where a budget was used up before all was judged. */
export function refuseOverBudget(held: readonly string[], { counts }: Pick<Ledger, "counts">): void {
  if (held.includes("over_budget")) throw usedUp(counts.refusal, `${held.length} verdicts were not made`);
}
