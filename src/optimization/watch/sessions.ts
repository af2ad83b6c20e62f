import type { Context } from "../../context.ts";
import { forEachConcurrent } from "../../for-each.ts";
import { SESSION_QUIET_S } from "../../model/judge-schedule.ts";
import type { WatchArm, WatchArms } from "./arms.ts";

type Reading = Pick<Context, "store" | "project" | "now">;

export interface SideSessions {
  /** All of it is of this side: what is said of it as a whole counts. */
  readonly whole: readonly string[];
  /** Of these, those that are over: nothing happened for a while. Judged sooner, a conversation has failed so far. */
  readonly over: readonly string[];
}

export interface WatchSessions {
  readonly before: SideSessions;
  readonly after: SideSessions;
  /** Sessions of both sides, which are neither's. */
  readonly mixed: number;
  /** Sealed sessions of the project: none of them is looked at. */
  readonly sealed: number;
}

const AT_ONCE = 32;

/** When each session of a side was last heard of. Microseconds. */
function lastHeard({ traces }: WatchArm): Map<string, number> {
  const last = new Map<string, number>();
  for (const { sessionId, startUs, endUs } of traces)
    if (sessionId !== null) last.set(sessionId, Math.max(last.get(sessionId) ?? 0, endUs ?? startUs));
  return last;
}

async function sealedOf({ store, project }: Reading, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const sealed = new Set<string>();
  await forEachConcurrent(ids, AT_ONCE, async (sessionId) => {
    if (await store.records.datasets.isSealed(project.id, { sessionId })) sealed.add(sessionId);
  });
  return sealed;
}

/** The sessions of either side that can be spoken of as a whole. */
export async function watchSessions(context: Reading, arms: WatchArms): Promise<WatchSessions> {
  const [older, newer] = [lastHeard(arms.before), lastHeard(arms.after)];
  const mixed = new Set([...older.keys()].filter((id) => newer.has(id)));
  const { sessions: count } = await context.store.records.datasets.countSealed(context.project.id);
  const ids = [...new Set([...older.keys(), ...newer.keys()])];
  const sealed = count === 0 ? new Set<string>() : await sealedOf(context, ids);
  const quietUs = context.now() - SESSION_QUIET_S * 1_000_000;
  const side = (last: ReadonlyMap<string, number>): SideSessions => {
    const whole = [...last].filter(([id]) => !mixed.has(id) && !sealed.has(id));
    return {
      whole: whole.map(([id]) => id),
      over: whole.filter(([, atUs]) => atUs <= quietUs).map(([id]) => id),
    };
  };
  return { before: side(older), after: side(newer), mixed: mixed.size, sealed: count };
}
