import { setPriority } from "node:os";
import { z } from "zod";
import { logFile } from "../../jobs/log-file.ts";
import { createLog } from "../../log.ts";
import { JudgeSchedule } from "../../model/judge-schedule.ts";
import { openStore } from "../../store/open.ts";
import type { Store } from "../../store/store.ts";
import { keepSchedule } from "./keep.ts";
import { pause } from "./lane.ts";

/** A schedule that a command gave, in place of the project's own. */
const GivenSchedule = z.object({
  projectId: z.string(),
  schedule: JudgeSchedule,
  /** Since when what comes in is meant, where no earlier job says more. Microseconds. */
  sinceUs: z.number(),
});
type GivenSchedule = z.infer<typeof GivenSchedule>;

const LOOK_MS = 2_000;
/** Receiving comes first; on a busy machine this still gets a third of its share. */
const NICENESS = 5;
/** For calls that are under way when the process should end. */
const DRAIN_MS = 8_000;

async function scheduleIn(store: Store, projectId: string): Promise<JudgeSchedule | undefined> {
  const row = await store.records.schedules.get(projectId);
  const parsed = JudgeSchedule.safeParse(row?.setting);
  return parsed.success ? parsed.data : undefined;
}

async function projectsOf(store: Store, given: GivenSchedule | undefined): Promise<ReadonlySet<string>> {
  const rows = await store.records.schedules.list();
  const on = rows.flatMap(({ projectId, setting }) => (setting === null ? [] : [projectId]));
  return new Set([...on, ...(given ? [given.projectId] : [])]);
}

/** Ends with the process that started it, which holds our stdin: so it cannot outlive a collector that is killed. */
function leavingSignals() {
  const leaving = new AbortController();
  const hard = new AbortController();
  const leave = (): void => {
    if (leaving.signal.aborted) return;
    leaving.abort();
    setTimeout(() => hard.abort(), DRAIN_MS).unref();
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, leave);
  process.stdin.on("end", leave).on("close", leave).on("error", leave).resume();
  return { leaving: leaving.signal, hard: hard.signal };
}

/** Entry of the process that judges what comes in: `judging-child STORE [GIVEN]`. */
async function main(): Promise<void> {
  const [location, text] = process.argv.slice(2);
  if (!location) throw new Error("the process of scheduled judging was started without its arguments");
  const given = text === undefined ? undefined : GivenSchedule.parse(JSON.parse(text));
  const log = createLog("evalwright-judging", {
    EVALWRIGHT_LOG_FILE: logFile(location),
    EVALWRIGHT_LOG_LEVEL: process.env["EVALWRIGHT_LOG_LEVEL"] ?? "info",
  });
  try {
    setPriority(NICENESS);
  } catch {
    log.info("the priority of the judging process could not be lowered");
  }
  const { leaving, hard } = leavingSignals();
  const store = await openStore(location, log);
  const kept = new Map<string, Promise<void>>();
  const keep = (projectId: string): Promise<void> => {
    const isGiven = given?.projectId === projectId;
    return keepSchedule({
      store,
      log,
      projectId,
      startedUs: isGiven ? given.sinceUs : Date.now() * 1_000,
      leaving,
      signal: hard,
      read: async () => (isGiven ? given.schedule : scheduleIn(store, projectId)),
      askedUs: async () =>
        isGiven ? given.sinceUs : ((await store.records.schedules.get(projectId))?.setUs ?? 0),
      tell: (sentence) => process.stderr.write(`judging ${projectId}: ${sentence}\n`),
    })
      .catch((error: unknown) => log.error({ err: error, project: projectId }, "scheduled judging broke"))
      .then(() => {
        kept.delete(projectId);
      });
  };
  while (!leaving.aborted) {
    const wanted = await projectsOf(store, given);
    for (const projectId of wanted) if (!kept.has(projectId)) kept.set(projectId, keep(projectId));
    if (kept.size === 0) break;
    await pause(LOOK_MS, [leaving]);
  }
  await Promise.all(kept.values());
  await store[Symbol.asyncDispose]();
  process.exit(0); // stdin may still be open
}

await main();
