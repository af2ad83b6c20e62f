import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../errors.ts";
import { forEachConcurrent } from "../../for-each.ts";
import type { JobTools } from "../../jobs/runner.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { JudgeSchedule } from "../../model/judge-schedule.ts";
import type { ChangedItem } from "../../store/schedule-store.ts";
import type { JudgingTools } from "../judge-item.ts";
import { type DrawnTools, type ItemOutcome, judgeDrawn } from "./judge-drawn.ts";
import { type Handled, merge } from "./merge.ts";
import type { LaneName, Progress } from "./progress.ts";
import type { ScheduledJudge } from "./resolve.ts";
import { isDrawn } from "./sample.ts";

/** What a lane works with until the schedule is read again. */
export interface LaneSetup {
  readonly schedule: JudgeSchedule;
  readonly judges: readonly ScheduledJudge[];
  readonly judging: JudgingTools;
  readonly ledger: Ledger;
}

export interface LaneTools extends Pick<JobTools, "store" | "signal"> {
  readonly name: LaneName;
  readonly projectId: string;
  readonly jobId: string;
  readonly progress: Progress;
  /** Undefined: nothing to do now. */
  setup(): LaneSetup | undefined;
  /** Stop soon: what is under way is still finished. */
  readonly ending: AbortSignal;
  budgetUsedUp(): boolean;
  noteOverBudget(): void;
  noteAway(isAway: boolean): void;
  /** The progress has changed. */
  changed(): Promise<void>;
}

const PAGE = 100;
/** Asked of an endpoint that did not answer. */
const PROBES = 4;
const AT_ONCE = 8;
const POLL_MS = 1_000;
/** An item that fails while the endpoint answers others. */
const MOST_TRIES = 3;
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 300_000;

/** Resolves early when the lane should end. */
export const pause = (ms: number, signals: readonly AbortSignal[]): Promise<void> =>
  sleep(ms, undefined, { signal: AbortSignal.any([...signals]) }).catch(() => undefined);

const hasOutage = (outcome: Handled): boolean =>
  typeof outcome === "object" && "results" in outcome && outcome.results.some(({ end }) => end === "outage");

const isOverBudget = (outcome: Handled): boolean =>
  typeof outcome === "object" &&
  "results" in outcome &&
  outcome.results.some(({ end }) => end === "overBudget");

/** An outage that only this item has is its own failure. */
const asFailed = (outcome: ItemOutcome): ItemOutcome =>
  "results" in outcome
    ? {
        results: outcome.results.map((one) =>
          one.end === "outage" ? { ...one, end: "failed" as const } : one,
        ),
      }
    : outcome;

interface Trying {
  /** How often an item failed while the endpoint answered others. */
  readonly tries: Map<string, number>;
  /** Before the endpoint that is away is asked again. */
  waitMs: number;
}

/** The store is busy now: what was not kept is done again, from the ledger where it was paid. */
const isBusy = (error: unknown): boolean => error instanceof AppError && error.code === "unavailable";

/** Looks at what has become quiet, in the order of its last change, and judges what was drawn; until it should end. */
export async function runLane(tools: LaneTools): Promise<void> {
  const trying: Trying = { tries: new Map(), waitMs: FIRST_WAIT_MS };
  const stops = [tools.ending, tools.signal];
  while (!stops.some(({ aborted }) => aborted)) {
    const waitMs = await onePage(tools, trying).catch((error: unknown) => {
      if (!isBusy(error)) throw error;
      return FIRST_WAIT_MS;
    });
    if (waitMs > 0) await pause(waitMs, stops);
  }
}

/** @returns milliseconds to wait before the next page. */
async function onePage(tools: LaneTools, trying: Trying): Promise<number> {
  const setup = tools.setup();
  const isAway = trying.waitMs > FIRST_WAIT_MS;
  const page = setup && (await nextPage(tools, setup, isAway ? PROBES : PAGE));
  if (!setup || !page || page.items.length === 0) return POLL_MS;
  const { tries } = trying;
  if (isAway || tries.size > 0) {
    // A failure is replayed in its own job until it is forgotten.
    await tools.store.records.ledger.forgetFailures(tools.projectId, tools.jobId);
  }
  const before = answered(setup);
  const handled = await handlePage(tools, setup, page.items, () => answered(setup) > before);
  const someAnswered = answered(setup) > before;
  const settled = handled.map((outcome, i): Handled => {
    const id = page.items[i]?.id ?? "";
    if (typeof outcome !== "object" || !hasOutage(outcome)) return outcome;
    const tried = (tries.get(id) ?? 0) + (someAnswered ? 1 : 0);
    tries.set(id, tried);
    return tried >= MOST_TRIES ? asFailed(outcome) : outcome;
  });
  const done = merge(tools.progress, tools.name, page.items, settled);
  tools.progress.lanes[tools.name].waiting = page.waiting + page.items.length - done;
  const isOut = handled.some(hasOutage);
  // What was asked and not answered still held its share of the budget.
  if (!isOut && handled.some(isOverBudget)) tools.noteOverBudget();
  if (tools.name.endsWith("model") && (someAnswered || isOut)) tools.noteAway(!someAnswered);
  const waitMs = trying.waitMs;
  trying.waitMs = isOut && !someAnswered ? Math.min(LONGEST_WAIT_MS, waitMs * 2) : FIRST_WAIT_MS;
  if (!isOut) tries.clear();
  await tools.changed();
  if (!isOut) return 0;
  return someAnswered ? FIRST_WAIT_MS : waitMs;
}

const answered = ({ ledger }: LaneSetup): number => ledger.counts.ran - ledger.counts.failed;

const levelOf = (name: LaneName) => (name.startsWith("traces") ? ("traces" as const) : ("sessions" as const));

async function nextPage(
  { store, projectId, progress, name }: LaneTools,
  { schedule }: LaneSetup,
  limit: number,
) {
  const level = levelOf(name);
  const quietS = level === "traces" ? schedule.traceQuietS : schedule.sessionQuietS;
  return await store.records.schedules.changed({
    projectId,
    level,
    after: progress.lanes[name].place,
    untilUs: (Date.now() - quietS * 1_000) * 1_000,
    limit,
  });
}

async function handlePage(
  tools: LaneTools,
  { schedule, judges, judging }: LaneSetup,
  items: readonly ChangedItem[],
  isAnswered: () => boolean,
): Promise<readonly Handled[]> {
  const drawnTools: DrawnTools = {
    store: tools.store,
    judging,
    level: levelOf(tools.name),
    oldestUs: (Date.now() - schedule.maxAgeHours * 3_600_000) * 1_000,
    budgetUsedUp: tools.budgetUsedUp,
  };
  const handled: Handled[] = items.map(() => undefined);
  let isOut = false;
  const judge = async (item: ChangedItem): Promise<Handled> => {
    const drawn = judges.filter(({ judge, rate }) => isDrawn(tools.projectId, judge.name, item.id, rate));
    if (drawn.length === 0) return "not drawn";
    // An endpoint that is away is not asked about the whole page.
    if (tools.ending.aborted || (isOut && !isAnswered())) return undefined;
    const outcome = await judgeDrawn(item, drawn, drawnTools);
    isOut ||= hasOutage(outcome);
    return outcome;
  };
  await forEachConcurrent(items.entries(), AT_ONCE, async ([i, item]) => {
    handled[i] = await judge(item);
  });
  await oneByOne(items, handled, tools, judge);
  return handled;
}

/**
 * What seemed over budget while others were asked is asked alone: those held their estimates, of which more was left than
 * they took.
 */
async function oneByOne(
  items: readonly ChangedItem[],
  handled: Handled[],
  { budgetUsedUp }: LaneTools,
  judge: (item: ChangedItem) => Promise<Handled>,
): Promise<void> {
  if (budgetUsedUp() || handled.some(hasOutage)) return;
  for (const [i, item] of items.entries()) {
    if (!isOverBudget(handled[i])) continue;
    const again = await judge(item);
    if (again === undefined) return;
    handled[i] = again;
    if (isOverBudget(again)) return;
  }
}
