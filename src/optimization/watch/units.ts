import type { Context } from "../../context.ts";
import type { Assessment } from "../../model/assessment.ts";
import type { ResolvedJudge } from "../../model/judge.ts";
import type { WatchArm, WatchArms } from "./arms.ts";

type Reading = Pick<Context, "store" | "project">;

/** One value of one trace or session; `cluster` is what makes values dependent: the session. */
export interface WatchUnit {
  readonly value: number;
  readonly cluster: string;
}

export interface ArmUnits {
  /** By measure. */
  readonly measures: ReadonlyMap<string, readonly WatchUnit[]>;
}

export const FAILED = "failed";
const AT_ONCE = 32;
const MOST_OF_ONE = 500;
const PEOPLE: readonly Assessment["source"][] = ["human", "end_user"];
/** Under which a judge's verdicts stand. */
const JUDGES: readonly Assessment["source"][] = ["code", "llm_judge", "coding_agent"];

/** A number of which more is better; null: the value is text that no judge's label says the worth of. */
function worthOf(
  { name, value, source, kind, spanId }: Assessment,
  judges: readonly ResolvedJudge[],
): number | null {
  if (kind !== "feedback" || spanId !== null) return null;
  const judge = judges.find((one) => one.name === name);
  const counts = judge ? JUDGES.includes(source) || PEOPLE.includes(source) : PEOPLE.includes(source);
  if (!counts) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") return value;
  return judge?.labels.find(({ label }) => label === value)?.value ?? null;
}

/** What was last said of one trace or session, by name. */
function newestOf(assessments: readonly Assessment[], judges: readonly ResolvedJudge[]): Map<string, number> {
  const newest = new Map<string, number>();
  for (const one of assessments.toSorted((a, b) => a.createdUs - b.createdUs)) {
    const worth = worthOf(one, judges);
    if (worth !== null) newest.set(one.name, worth);
  }
  return newest;
}

async function inBatches<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += AT_ONCE)
    await Promise.all(items.slice(from, from + AT_ONCE).map(work));
}

async function unitsOf(
  { store, project }: Reading,
  { traces }: WatchArm,
  mixed: ReadonlySet<string>,
  judges: readonly ResolvedJudge[],
): Promise<ArmUnits> {
  const measures = new Map<string, WatchUnit[]>();
  const add = (measure: string, unit: WatchUnit) =>
    measures.set(measure, [...(measures.get(measure) ?? []), unit]);
  const found = new Map<string, { readonly cluster: string; readonly newest: Map<string, number> }>();
  const read = async (key: string, cluster: string, where: { traceId: string } | { sessionId: string }) => {
    const said = await store.traces.readAssessments({ projectId: project.id, ...where, limit: MOST_OF_ONE });
    found.set(key, { cluster, newest: newestOf(said, judges) });
  };
  await inBatches(traces, ({ traceId, sessionId }) => read(traceId, sessionId ?? traceId, { traceId }));
  const sessions = new Set(traces.flatMap(({ sessionId }) => sessionId ?? []));
  await inBatches(
    [...sessions].filter((id) => !mixed.has(id)),
    (sessionId) => read(`session ${sessionId}`, sessionId, { sessionId }),
  );
  for (const { traceId, sessionId, status } of traces)
    add(FAILED, { value: status === "error" ? 1 : 0, cluster: sessionId ?? traceId });
  // In the order of ids, so that sums do not depend on who answered first.
  for (const [, { cluster, newest }] of [...found].sort(([a], [b]) => (a < b ? -1 : 1)))
    for (const [name, value] of newest) add(name, { value, cluster });
  return { measures };
}

/**
 * What people and judges said of both arms, and which traces failed. What is said of a whole session counts where all of it
 * is of one arm; `mixed` is how many sessions are of both.
 */
export async function watchUnits(context: Reading, arms: WatchArms, judges: readonly ResolvedJudge[]) {
  const of = (arm: WatchArm) => new Set(arm.traces.flatMap(({ sessionId }) => sessionId ?? []));
  const [older, newer] = [of(arms.before), of(arms.after)];
  const mixed = new Set([...older].filter((id) => newer.has(id)));
  const before = await unitsOf(context, arms.before, mixed, judges);
  const after = await unitsOf(context, arms.after, mixed, judges);
  return { before, after, mixed: mixed.size };
}
