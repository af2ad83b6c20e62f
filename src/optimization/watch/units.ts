import type { Context } from "../../context.ts";
import { forEachConcurrent } from "../../for-each.ts";
import type { ResolvedJudge } from "../../model/judge.ts";
import type { WatchArm, WatchArms } from "./arms.ts";
import { isOfSessions, type Sampled } from "./judge-sample.ts";
import type { WatchSessions } from "./sessions.ts";
import { newestOf, type Worth } from "./worth.ts";

type Reading = Pick<Context, "store" | "project">;

/** One value of one trace or session; `cluster` is what makes values dependent: the session. */
export interface WatchUnit extends Worth {
  readonly cluster: string;
}

export interface ArmUnits {
  /** By measure. */
  readonly measures: ReadonlyMap<string, readonly WatchUnit[]>;
}

export const FAILED = "failed";
const AT_ONCE = 32;
const MOST_OF_ONE = 500;

interface Judged {
  readonly judges: readonly ResolvedJudge[];
  readonly sampled: Sampled;
}

async function unitsOf(
  { store, project }: Reading,
  { traces }: WatchArm,
  sessions: readonly string[],
  { judges, sampled }: Judged,
): Promise<ArmUnits> {
  const measures = new Map<string, WatchUnit[]>();
  const add = (measure: string, unit: WatchUnit) =>
    measures.set(measure, [...(measures.get(measure) ?? []), unit]);
  const found = new Map<string, { readonly cluster: string; readonly newest: ReadonlyMap<string, Worth> }>();
  const read = async (
    key: string,
    cluster: string,
    where: { traceId: string } | { sessionId: string },
    asked: readonly ResolvedJudge[],
  ) => {
    const said = await store.traces.readAssessments({ projectId: project.id, ...where, limit: MOST_OF_ONE });
    found.set(key, { cluster, newest: newestOf(said, asked, judges) });
  };
  const ofSessions = judges.filter(isOfSessions);
  const ofTraces = judges.filter((judge) => !isOfSessions(judge));
  await forEachConcurrent(traces, AT_ONCE, ({ traceId, sessionId }) =>
    read(traceId, sessionId ?? traceId, { traceId }, sampled.traces.has(traceId) ? ofTraces : []),
  );
  await forEachConcurrent(sessions, AT_ONCE, (sessionId) =>
    read(`session ${sessionId}`, sessionId, { sessionId }, sampled.sessions.has(sessionId) ? ofSessions : []),
  );
  for (const { traceId, sessionId, status } of traces)
    add(FAILED, { value: status === "error" ? 1 : 0, goal: "lower", cluster: sessionId ?? traceId });
  // In the order of ids, so that sums do not depend on who answered first.
  for (const [, { cluster, newest }] of [...found].sort(([a], [b]) => (a < b ? -1 : 1)))
    for (const [name, worth] of newest) add(name, { ...worth, cluster });
  return { measures };
}

/**
 * What people and judges said of both arms, and which traces failed. What is said of a whole session counts where all of it
 * is of one arm.
 */
export async function watchUnits(
  context: Reading,
  arms: WatchArms,
  sessions: WatchSessions,
  judged: Judged,
): Promise<{ readonly before: ArmUnits; readonly after: ArmUnits }> {
  return {
    before: await unitsOf(context, arms.before, sessions.before.whole, judged),
    after: await unitsOf(context, arms.after, sessions.after.whole, judged),
  };
}
