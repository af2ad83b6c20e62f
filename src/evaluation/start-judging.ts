import type { Context } from "../context.ts";
import { invalidInput } from "../errors.ts";
import { jobAnswer } from "../jobs/answer.ts";
import { createJob } from "../jobs/create.ts";
import { resumeJob } from "../jobs/resume.ts";
import { judgesFor } from "../judges/judges-for.ts";
import { judgeSurroundings } from "../judges/save.ts";
import type { Answer, Omission } from "../model/answer.ts";
import type { Budget } from "../model/ledger.ts";
import { workingFolder } from "../project.ts";
import { findRepository } from "../targets/repository.ts";
import { findItems } from "./find-items.ts";
import type { JudgingJobInput } from "./judging-input.ts";
import { planAnswer } from "./planned-calls.ts";

export interface StartJudging {
  readonly judges: readonly string[];
  readonly filter?: string | undefined;
  readonly level: "traces" | "sessions";
  /** At most so many are judged: the newest, or with `sample` that many drawn from all. */
  readonly limit: number;
  readonly sample: boolean;
  readonly budget?: Budget | undefined;
  readonly dryRun: boolean;
  readonly idempotencyKey?: string | undefined;
}

const PATIENCE_S = 15;

interface Plan {
  readonly input: JudgingJobInput;
  readonly omitted: readonly Omission[];
}

async function planJudging(context: Context, input: StartJudging): Promise<Plan> {
  const { root } = await findRepository(workingFolder());
  const judges = await judgesFor(
    context.store.records.versions,
    context.project.id,
    input.judges,
    await judgeSurroundings(root),
  );
  const pair = judges.find(({ level }) => level === "pair");
  if (pair)
    throw invalidInput(
      `Judge ${pair.name} compares two answers`,
      "Give the two evaluations as baseline and candidate instead of a filter.",
    );
  const { items, matching, omitted } = await findItems(context, input);
  if (items.length === 0)
    throw invalidInput(
      `No ${input.level} match`,
      omitted.length > 0
        ? "Only runs of evaluations do: the filter `evaluation is not null` has them."
        : "search_traces with the same filter shows where data is; or widen the filter.",
    );
  return {
    input: {
      level: input.level,
      filter: input.filter?.trim() ? input.filter : null,
      ids: items.map(({ id }) => id),
      matching,
      judges: [...judges],
      repository: root,
      seed: context.project.id,
    },
    omitted,
  };
}

/** run_judges: judges what already happened; verdicts become feedback on the traces or sessions. */
export async function startJudging(context: Context, input: StartJudging): Promise<Answer> {
  const { input: plan, omitted } = await planJudging(context, input);
  if (input.dryRun) return { ...(await planAnswer(context, plan)), omitted };
  const job = await createJob(context, { kind: "judging", input: plan, unit: plan.level }, input);
  if (job.state === "queued" || job.state === "interrupted") await resumeJob(context, job.id);
  return { ...(await jobAnswer(context, job.id, PATIENCE_S)), omitted };
}
