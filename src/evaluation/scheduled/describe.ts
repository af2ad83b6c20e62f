import type { Job } from "../../model/job.ts";
import { JudgeSchedule, type ScheduleBudget } from "../../model/judge-schedule.ts";
import type { ScheduleRow } from "../../store/schedule-store.ts";
import type { Store } from "../../store/store.ts";
import { LANES, Progress } from "./progress.ts";

export interface ScheduleStatus {
  readonly projectId: string;
  /** Undefined: no setting; a collector was given one. */
  readonly schedule: JudgeSchedule | undefined;
  readonly jobId: string | null;
  readonly isRunning: boolean;
  /** False: something keeps it from judging, or it has dropped something. */
  readonly good: boolean;
  /** One sentence of ours. */
  readonly words: string;
}

const budgetWords = ({ calls, usd }: ScheduleBudget): string =>
  [...(calls === undefined ? [] : [`${calls} calls`]), ...(usd === undefined ? [] : [`$${usd}`])].join(
    " and ",
  );

/** A schedule in one line. */
export function scheduleWords({ judges, level, perDay, total }: JudgeSchedule): string {
  const drawn = judges
    .map(({ judge, rate }) => `${judge} on ${Number((rate * 100).toFixed(4))} %`)
    .join(", ");
  const day = budgetWords(perDay);
  const all = budgetWords(total);
  return [
    drawn,
    ...(level ? [`of ${level}`] : []),
    ...(day ? [`at most ${day} a day`] : []),
    all ? `${all} over all days` : "no limit over all days (--judge-total sets one)",
  ].join("; ");
}

const timeOf = (us: number): string =>
  `${new Date(us / 1_000).toISOString().slice(0, 16).replace("T", " ")} UTC`;

const sumOf = (progress: Progress, field: "judged" | "again" | "failed" | "overBudget"): number =>
  progress.judges.reduce((sum, row) => sum + row[field], 0);

function troubles(progress: Progress): string[] {
  const { problem, awaySinceUs, budgetUsedUpUs, leftOut } = progress;
  const [failed, over] = [sumOf(progress, "failed"), sumOf(progress, "overBudget")];
  return [
    ...(problem === null ? [] : [problem]),
    ...(awaySinceUs === null ? [] : [`the model endpoint is away since ${timeOf(awaySinceUs)}`]),
    ...(budgetUsedUpUs === null
      ? []
      : [`the budget is used up since ${timeOf(budgetUsedUpUs)}: ${over} verdicts were not made`]),
    ...(failed > 0 ? [`${failed} verdicts failed`] : []),
    ...(leftOut.tooOld > 0 ? [`${leftOut.tooOld} were too old, or could not be judged in time`] : []),
  ];
}

function jobWords(job: Job): { readonly good: boolean; readonly words: string } {
  const runs = job.state === "running" || job.state === "done" ? "" : ` (${job.state})`;
  const parsed = Progress.safeParse(job.result);
  if (!parsed.success) return { good: runs === "", words: `nothing judged yet${runs}` };
  const progress = parsed.data;
  const { spent, outages } = progress;
  const waiting = LANES.reduce((sum, name) => sum + progress.lanes[name].waiting, 0);
  const bad = troubles(progress);
  const again = sumOf(progress, "again");
  const words = [
    `${sumOf(progress, "judged")} verdicts${again > 0 ? `, ${again} made again` : ""} in its newest job${runs}`,
    `${spent.calls} calls, $${Number(spent.usd.toFixed(4))}`,
    `${waiting} waiting`,
    ...(outages > 0 ? [`${outages} times no answer`] : []),
    ...bad,
  ];
  return { good: bad.length === 0 && runs === "", words: words.join("; ") };
}

async function statusOf(store: Store, row: ScheduleRow): Promise<ScheduleStatus> {
  const { projectId, jobId, setting } = row;
  const schedule = JudgeSchedule.safeParse(setting).data;
  const job = jobId === null ? undefined : await store.records.jobs.get(projectId, jobId);
  const base = { projectId, schedule, jobId, isRunning: job?.state === "running" };
  if (job) return { ...base, ...jobWords(job) };
  return { ...base, good: false, words: "no collector has worked on it yet: start `evalwright collect`" };
}

/** Of each project that has a schedule, or had one; what a collector was told by options shows by its job. */
export async function scheduleStatuses(store: Store): Promise<readonly ScheduleStatus[]> {
  return Promise.all((await store.records.schedules.list()).map((row) => statusOf(store, row)));
}
