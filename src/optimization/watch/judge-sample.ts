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
import { budgetLeft } from "../../ledger/budget-left.ts";
import type { ResolvedJudge } from "../../model/judge.ts";
import type { Budget } from "../../model/ledger.ts";
import { workingFolder } from "../../project.ts";
import { findRepository } from "../../targets/repository.ts";
import type { WatchArms } from "./arms.ts";
import type { WatchSessions } from "./sessions.ts";

/** The judges of a watch. @throws AppError `invalid_input` for one of pairs. */
export async function watchJudges(context: Pick<Context, "store" | "project">, names: readonly string[]) {
  if (names.length === 0) return { judges: [], root: "" };
  const { root } = await findRepository(workingFolder());
  const { versions } = context.store.records;
  const judges = await judgesFor(versions, context.project.id, names, await judgeSurroundings(root));
  const pair = judges.find(({ level }) => level === "pair");
  if (pair)
    throw invalidInput(
      `Judge ${pair.name} judges a pair`,
      "Live traffic was answered once: name judges of one trace or of a conversation.",
    );
  return { judges, root };
}

/** Whether a watch asks a judge about whole conversations; else about traces. */
export const isOfSessions = ({ level }: ResolvedJudge): boolean => level === "session";

export interface JudgeSample {
  readonly proposal: string;
  readonly judges: readonly ResolvedJudge[];
  readonly root: string;
  /** Traces, and sessions, of each arm. */
  readonly sample: number;
  readonly budget: Budget | undefined;
  /** Seconds that the judging is waited for. */
  readonly patience: number;
}

/** What was drawn, and judged. */
export interface Sampled {
  readonly traces: ReadonlySet<string>;
  readonly sessions: ReadonlySet<string>;
}

interface Lot {
  readonly level: JudgingJobInput["level"];
  readonly ids: readonly string[];
  readonly judges: readonly ResolvedJudge[];
}

/** @returns the judging's job, which has ended or still goes on. */
async function judgeLot(
  context: Context,
  { level, ids, judges }: Lot,
  how: JudgeSample,
): Promise<{ readonly jobId: string; readonly ended: boolean }> {
  const { records } = context.store;
  const projectId = context.project.id;
  const input: JudgingJobInput = {
    level,
    ids: [...ids],
    filter: null,
    matching: null,
    judges: [...judges],
    repository: how.root,
    seed: projectId,
  };
  // The same sample again is the same job: it is judged once.
  const key = hashOf({ proposal: how.proposal, ids, judges: judges.map(({ hash }) => hash) });
  const job = await records.jobs.create(
    { id: randomUUID(), projectId, kind: "judging", input: JSON.parse(JSON.stringify(input)), unit: level },
    { key: `watch:${key}`, argsHash: key },
  );
  if (how.budget) await records.ledger.setBudget(projectId, { scope: "job", jobId: job.id }, how.budget);
  if (job.state !== "done" && job.state !== "running") await resumeJob(context, job.id);
  const { data } = await jobAnswer(context, job.id, how.patience);
  if (data["state"] === "failed")
    throw new AppError(
      "unavailable",
      `The sample could not be judged: ${String(data["error"] ?? "no reason is known")}`,
      { hint: "Watch again with a larger budget, fewer samples, or without judges." },
    );
  return { jobId: job.id, ended: data["state"] === "done" };
}

/**
 * Judges a seeded sample of both arms as run_judges does, together, so that no judge is told which is which: traces, then
 * conversations that are over, on what is left of the budget.
 * @returns the job while it has not ended; else what was drawn.
 */
export async function judgeSample(
  context: Context,
  { arms, sessions }: { readonly arms: WatchArms; readonly sessions: WatchSessions },
  how: JudgeSample,
): Promise<Sampled | string> {
  const draw = (...sides: (readonly string[])[]): string[] =>
    sides
      .flatMap((ids) =>
        drawn(
          ids.map((id) => ({ id })),
          how.sample,
          how.proposal,
          "watch",
        ),
      )
      .map(({ id }) => id)
      .sort();
  const tracesOf = ({ traces }: WatchArms["before"]) => traces.map(({ traceId }) => traceId);
  const lots: readonly Lot[] = [
    {
      level: "traces",
      ids: draw(tracesOf(arms.before), tracesOf(arms.after)),
      judges: how.judges.filter((judge) => !isOfSessions(judge)),
    },
    {
      level: "sessions",
      ids: draw(sessions.before.over, sessions.after.over),
      judges: how.judges.filter(isOfSessions),
    },
  ];
  let { budget } = how;
  for (const lot of lots) {
    if (lot.judges.length === 0 || lot.ids.length === 0) continue;
    const { jobId, ended } = await judgeLot(context, lot, { ...how, budget });
    if (!ended) return jobId;
    budget &&= await budgetLeft(context.store.records.ledger, context.project.id, jobId);
  }
  const idsOf = (level: Lot["level"]) =>
    new Set(lots.filter((lot) => lot.level === level && lot.judges.length > 0).flatMap(({ ids }) => ids));
  return { traces: idsOf("traces"), sessions: idsOf("sessions") };
}
