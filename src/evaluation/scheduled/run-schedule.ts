import { AppError, invalidInput } from "../../errors.ts";
import { LEASE_MS } from "../../jobs/run.ts";
import type { JobRunner, JobTools } from "../../jobs/runner.ts";
import { createLedger } from "../../ledger/ledger.ts";
import type { Job } from "../../model/job.ts";
import { Json } from "../../model/json.ts";
import type { JudgeSchedule } from "../../model/judge-schedule.ts";
import type { Budget } from "../../model/ledger.ts";
import { judgingOf } from "../judging-of.ts";
import { type LaneSetup, pause, runLane } from "./lane.ts";
import { LANES, type LaneName, type Progress } from "./progress.ts";
import { resolveSchedule, type ScheduledJudge } from "./resolve.ts";
import { restoreProgress, ScheduledJobInput } from "./restore.ts";

/** Whoever runs schedules in this process. */
export interface ScheduleHost {
  /** The schedule as it is now; undefined: it was switched off. */
  read(): Promise<JudgeSchedule | undefined>;
  /** What came in earlier is not judged where nothing says from when on. Microseconds. */
  readonly startedUs: number;
  /** Aborted when this process should end: what is under way is still finished. */
  readonly leaving: AbortSignal;
  /** All is kept: the job may be left to whoever goes on with it. */
  left(): void;
  /** One sentence of ours for whoever watches. */
  tell(sentence: string): void;
}

/** The day (UTC) of a moment in milliseconds. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const WATCH_MS = 1_000;
/** New versions of judges and changed endpoints are taken up after so long. */
const RELOAD_MS = 60_000;

const laneOf = ({ judge, level }: ScheduledJudge): LaneName =>
  judge.kind === "code" ? `${level} code` : `${level} model`;

/** Undefined: nothing is left. Counted are all jobs of the schedule. */
function budgetOf({ perDay, total }: JudgeSchedule, { today, before }: Progress): Budget | undefined {
  const left = (unit: "calls" | "usd"): number =>
    Math.min(
      (perDay[unit] ?? Number.POSITIVE_INFINITY) - today[unit],
      (total[unit] ?? Number.POSITIVE_INFINITY) - today[unit] - before[unit],
    );
  const [calls, usd] = [left("calls"), left("usd")];
  if (calls < 1 || usd <= 0) return undefined;
  return {
    ...(Number.isFinite(calls) ? { calls } : {}),
    ...(Number.isFinite(usd) ? { usd } : {}),
  };
}

/** A store that is busy now is asked again. */
const busy = (error: unknown): "busy" => {
  if (error instanceof AppError && error.code === "unavailable") return "busy";
  throw error;
};

class ScheduleRun {
  readonly #job: Job;
  readonly #tools: JobTools;
  readonly #host: ScheduleHost;
  readonly #progress: Progress;
  readonly #ending = new AbortController();
  #setups = new Map<LaneName, LaneSetup>();
  #text = "";
  #loadedMs = 0;
  #hasBudget = true;

  constructor(job: Job, tools: JobTools, host: ScheduleHost, progress: Progress) {
    this.#job = job;
    this.#tools = tools;
    this.#host = host;
    this.#progress = progress;
  }

  #note(): Json {
    const result = Json.parse(JSON.parse(JSON.stringify(this.#progress)));
    const done = this.#progress.judges.reduce((sum, { judged }) => sum + judged, 0);
    this.#tools.progress(done, null, result);
    return result;
  }

  async #noteSpent(): Promise<void> {
    const owner = { scope: "job", jobId: this.#job.id } as const;
    const { spent } = await this.#tools.store.records.ledger.report(this.#job.projectId, owner);
    this.#progress.spent = { calls: spent.calls, usd: spent.usd };
    this.#note();
  }

  /** Reads the schedule anew where it changed or a minute has passed. False: it was switched off. */
  async #load(): Promise<boolean> {
    const schedule = await this.#host.read().catch(busy);
    if (schedule === "busy") return true;
    if (!schedule) return false;
    const text = JSON.stringify(schedule);
    const isDue = Date.now() - this.#loadedMs >= (this.#progress.problem === null ? RELOAD_MS : 5_000);
    if (text === this.#text && !isDue) return true;
    if (text !== this.#text) this.#progress.budgetUsedUpUs = null;
    this.#text = text;
    this.#loadedMs = Date.now();
    try {
      await this.#setUp(schedule);
      this.#progress.problem = null;
    } catch (error) {
      if (!(error instanceof AppError) || error.code === "conflict") throw error;
      if (this.#progress.problem !== error.describe()) this.#host.tell(error.describe());
      this.#progress.problem = error.describe();
      this.#setups.clear();
    }
    this.#note();
    return true;
  }

  async #setUp(schedule: JudgeSchedule): Promise<void> {
    const { store, signal } = this.#tools;
    const { projectId, id: jobId, epoch } = this.#job;
    const project = { id: projectId, slug: projectId };
    const judges = await resolveSchedule({ store, project }, schedule);
    const resolved = judges.map(({ judge }) => judge);
    const judging = await judgingOf(this.#job, this.#tools, resolved, schedule.repository);
    const budget = budgetOf(schedule, this.#progress);
    this.#hasBudget = budget !== undefined;
    if (budget) await store.records.ledger.setBudget(projectId, { scope: "job", jobId }, budget);
    const setups = new Map<LaneName, LaneSetup>();
    for (const name of LANES) {
      const own = judges.filter((one) => laneOf(one) === name);
      if (own.length === 0) {
        // Whoever is added later begins with what comes in then.
        this.#progress.lanes[name].place = { us: Date.now() * 1_000, row: 0 };
        continue;
      }
      const ledger = createLedger({
        store: store.records.ledger,
        holder: { projectId, jobId, epoch },
        signal,
      });
      setups.set(name, { schedule, judges: own, judging: { ...judging, ledger }, ledger });
    }
    this.#setups = setups;
  }

  #noteOverBudget(): void {
    if (this.#progress.budgetUsedUpUs !== null) return;
    this.#progress.budgetUsedUpUs = Date.now() * 1_000;
    this.#host.tell("the budget is used up; what is drawn is counted and not judged");
  }

  #noteAway(isAway: boolean): void {
    const wasAway = this.#progress.awaySinceUs !== null;
    if (isAway) this.#progress.outages += 1;
    if (isAway === wasAway) return;
    this.#progress.awaySinceUs = isAway ? Date.now() * 1_000 : null;
    this.#host.tell(
      isAway
        ? "the model endpoint does not answer; it is tried again, at most 5 minutes apart"
        : "the model endpoint answers again",
    );
  }

  #lane(name: LaneName): Promise<void> {
    const { store, signal } = this.#tools;
    return runLane({
      name,
      store,
      signal,
      projectId: this.#job.projectId,
      jobId: this.#job.id,
      progress: this.#progress,
      setup: () => this.#setups.get(name),
      ending: this.#ending.signal,
      budgetUsedUp: () => !this.#hasBudget || this.#progress.budgetUsedUpUs !== null,
      noteOverBudget: () => this.#noteOverBudget(),
      noteAway: (isAway) => this.#noteAway(isAway),
      changed: () => this.#noteSpent(),
    }).finally(() => this.#ending.abort());
  }

  async run(day: string): Promise<Json> {
    const { leaving } = this.#host;
    const { signal, store } = this.#tools;
    const stops = [leaving, signal, this.#ending.signal];
    this.#note();
    let lanes: Promise<unknown> | undefined;
    try {
      while (!stops.some(({ aborted }) => aborted) && dayOf(Date.now()) === day && (await this.#load())) {
        lanes ??= Promise.all(LANES.map((name) => this.#lane(name)));
        // Their failure is seen below.
        lanes.catch(() => undefined);
        await pause(WATCH_MS, stops);
      }
    } finally {
      this.#ending.abort();
    }
    await lanes;
    const result = this.#note();
    if (!leaving.aborted || signal.aborted) return result;
    const done = this.#progress.judges.reduce((sum, { judged }) => sum + judged, 0);
    await store.records.jobs.beat(this.#job.id, this.#job.epoch, { done, total: null, result }, LEASE_MS);
    this.#host.left();
    return result;
  }
}

/**
 * One day's work by a schedule: judges what comes in until the day (UTC) is over or it is switched off. It runs where
 * `evalwright collect` does, and nowhere else.
 */
export const scheduleRunner =
  (host: ScheduleHost): JobRunner =>
  async (job, tools) => {
    const input = ScheduledJobInput.safeParse(job.input);
    if (!input.success)
      throw invalidInput("The job's setup is not one of this version", "Set the schedule anew.");
    const progress = await restoreProgress(job, input.data, tools.store, host.startedUs);
    return await new ScheduleRun(job, tools, host, progress).run(input.data.day);
  };
