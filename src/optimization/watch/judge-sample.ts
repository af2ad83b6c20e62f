import { randomUUID } from "node:crypto";
import { hashOf } from "../../canonical.ts";
import type { Context } from "../../context.ts";
import { AppError, invalidInput } from "../../errors.ts";
import { drawn } from "../../evaluation/find-items.ts";
import type { JudgingJobInput } from "../../evaluation/judging-input.ts";
import { jobAnswer } from "../../jobs/answer.ts";
import { resumeJob } from "../../jobs/resume.ts";
import { judgesFor } from "../../judges/judges-for.ts";
import { judgeSurroundings } from "../../judges/save.ts";
import type { ResolvedJudge } from "../../model/judge.ts";
import type { Budget } from "../../model/ledger.ts";
import { workingFolder } from "../../project.ts";
import { findRepository } from "../../targets/repository.ts";
import type { WatchArms } from "./arms.ts";

/** The judges of a watch. @throws AppError `invalid_input` for one of pairs, or of whole sessions. */
export async function watchJudges(context: Pick<Context, "store" | "project">, names: readonly string[]) {
  if (names.length === 0) return { judges: [], root: "" };
  const { root } = await findRepository(workingFolder());
  const { versions } = context.store.records;
  const judges = await judgesFor(versions, context.project.id, names, await judgeSurroundings(root));
  const other = judges.find(({ level }) => level === "pair" || level === "session");
  if (other)
    throw invalidInput(
      `Judge ${other.name} judges a ${other.level}`,
      "A watch samples traces: name judges of one trace.",
    );
  return { judges, root };
}

export interface JudgeSample {
  readonly proposal: string;
  readonly judges: readonly ResolvedJudge[];
  readonly root: string;
  /** Of each arm. */
  readonly sample: number;
  readonly budget: Budget | undefined;
  /** Seconds that the judging is waited for. */
  readonly patience: number;
}

/**
 * Judges a seeded sample of both arms as run_judges does, together, so that no judge is told which is which.
 * @returns the job while it has not ended; null when it has, or there was nothing to judge.
 */
export async function judgeSample(
  context: Context,
  arms: WatchArms,
  how: JudgeSample,
): Promise<string | null> {
  const { proposal, judges, root, sample, budget, patience } = how;
  if (judges.length === 0) return null;
  const draw = (traces: WatchArms["before"]["traces"]) =>
    drawn(
      traces.map(({ traceId }) => ({ id: traceId })),
      sample,
      proposal,
      "watch",
    ).map(({ id }) => id);
  const ids = [...draw(arms.before.traces), ...draw(arms.after.traces)].sort();
  if (ids.length === 0) return null;
  const { records } = context.store;
  const projectId = context.project.id;
  const input: JudgingJobInput = {
    level: "traces",
    ids,
    matching: null,
    judges: [...judges],
    repository: root,
    seed: projectId,
  };
  // The same sample again is the same job: it is judged once.
  const key = hashOf({ proposal, ids, judges: judges.map(({ hash }) => hash) });
  const job = await records.jobs.create(
    {
      id: randomUUID(),
      projectId,
      kind: "judging",
      input: JSON.parse(JSON.stringify(input)),
      unit: "traces",
    },
    { key: `watch:${key}`, argsHash: key },
  );
  if (budget) await records.ledger.setBudget(projectId, { scope: "job", jobId: job.id }, budget);
  if (job.state !== "done" && job.state !== "running") await resumeJob(context, job.id);
  const { data } = await jobAnswer(context, job.id, patience);
  if (data["state"] === "failed")
    throw new AppError(
      "unavailable",
      `The sample could not be judged: ${String(data["error"] ?? "no reason is known")}`,
      {
        hint: "Watch again with a larger budget, fewer samples, or without judges.",
      },
    );
  return data["state"] === "done" ? null : job.id;
}
