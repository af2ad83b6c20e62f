import type { Context } from "../../context.ts";
import { AppError } from "../../errors.ts";
import type { Filter } from "../../model/filter.ts";
import type { Proposal } from "../../model/proposal.ts";
import type { TraceSummary } from "../../model/trace.ts";
import { realUse } from "../../reading/real-use.ts";

type Reading = Pick<Context, "store" | "project">;

export interface WatchArm {
  /** Newest first. */
  readonly traces: readonly TraceSummary[];
  /** There are more, older ones, that were not looked at. */
  readonly cut: boolean;
}

export interface WatchArms {
  readonly by: "prompt version" | "time";
  readonly appliedUs: number;
  readonly before: WatchArm;
  readonly after: WatchArm;
}

const MOST = 2_000;
const DAY_US = 86_400_000_000;

const began = (op: "<" | ">=", us: number): Filter => ({
  type: "compare",
  field: { name: "start" },
  op,
  values: [us],
});
const used = (versions: readonly string[]): Filter => ({
  type: "compare",
  field: { name: "prompt" },
  op: "in",
  values: [...versions],
});
const all = (...terms: Filter[]): Filter => ({ type: "and", terms });

/** @throws AppError `conflict` for a proposal that is not applied. */
export function applicationOf({ id, status, body }: Proposal) {
  const step = body.history.findLast((one) => one.status === "applied");
  if (status === "applied" && step) return step;
  throw new AppError("conflict", `Proposal ${id} is ${status.replace("_", " ")}`, {
    hint: "Only a change that is applied can be watched.",
  });
}

/** The prompt versions of before and after, as traces name them. */
function versionsOf(proposal: Proposal) {
  const { prompts } = applicationOf(proposal);
  const after = prompts.map(({ name, version }) => `${name}@${version}`);
  const before = proposal.body.changes.flatMap(({ prompt }) =>
    prompt === null ? [] : [`${prompt.name}@${prompt.version}`],
  );
  return { before: before.filter((version) => !after.includes(version)), after };
}

async function readArm({ store, project }: Reading, filter: Filter): Promise<WatchArm> {
  // Runs of evaluations are no production traffic.
  const real = await realUse(store.traces, project.id, filter, "trace");
  const traces: TraceSummary[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.traces.searchTraces({
      projectId: project.id,
      filter: real.filter,
      order: "newest",
      limit: 500,
      cursor,
    });
    traces.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && traces.length < MOST);
  return { traces, cut: cursor !== undefined };
}

/**
 * Production traffic before and after a proposal was applied: by the versions that traces say they used where any trace
 * since then says so, else by when they began.
 * @param days of traffic before the application that are looked at.
 */
export async function watchArms(context: Reading, proposal: Proposal, days: number): Promise<WatchArms> {
  const appliedUs = applicationOf(proposal).atUs;
  const since = began(">=", appliedUs - days * DAY_US);
  const versions = versionsOf(proposal);
  if (versions.after.length > 0 && versions.before.length > 0) {
    const after = await readArm(context, all(used(versions.after), began(">=", appliedUs)));
    const older = all(used(versions.before), since, { type: "not", term: used(versions.after) });
    const before = await readArm(context, older);
    if (after.traces.length > 0 || saysVersions(before, appliedUs))
      return { by: "prompt version", appliedUs, before, after };
  }
  const [before, after] = await Promise.all([
    readArm(context, all(since, began("<", appliedUs))),
    readArm(context, began(">=", appliedUs)),
  ]);
  return { by: "time", appliedUs, before, after };
}

/** Traffic since the application still says that it uses the old version: it is no traffic of the new one. */
const saysVersions = ({ traces }: WatchArm, appliedUs: number): boolean =>
  traces.some(({ startUs }) => startUs >= appliedUs);
