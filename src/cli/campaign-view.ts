import type { Context } from "../context.ts";
import type { Job } from "../model/job.ts";
import { eventLine, oneLine, scoreText } from "../optimization/campaign/event-words.ts";
import type { StoredEvent } from "../optimization/campaign/events.ts";
import { readEvents } from "../optimization/campaign/find.ts";
import { poolOf } from "../optimization/campaign/pool.ts";
import type { SpendReport } from "../store/ledger-store.ts";
import { liveBlock } from "./live-block.ts";
import type { JobView } from "./work-on-job.ts";

const BAR_WIDTH = 24;

const outOf = (used: string, limit: string | undefined): string =>
  limit === undefined ? used : `${used} of ${limit}`;

const bar = (share: number): string => {
  const filled = Math.round(Math.min(1, share) * BAR_WIDTH);
  return `[${"█".repeat(filled)}${" ".repeat(BAR_WIDTH - filled)}] ${Math.floor(Math.min(1, share) * 100)} %`;
};

/** The limit that is nearest to its end. */
function nearest(
  done: { readonly cases: number; readonly proposals: number },
  limits: Limits,
  { budget, spent }: SpendReport,
): string | null {
  const shares = [
    { name: "calls", used: spent.calls, most: budget.calls },
    { name: "tokens", used: spent.tokens, most: budget.tokens },
    { name: "dollars", used: spent.usd, most: budget.usd },
    { name: "cases", used: done.cases, most: limits.maxRollouts ?? undefined },
    { name: "proposals", used: done.proposals, most: limits.maxProposals ?? undefined },
  ].flatMap(({ name, used, most }) => (most === undefined ? [] : [{ name, share: used / most }]));
  const first = shares.sort((a, b) => b.share - a.share)[0];
  return first ? `${bar(first.share)} of ${first.name}` : null;
}

interface Limits {
  readonly maxRollouts: number | null;
  readonly maxProposals: number | null;
}

function statusLines(
  job: Job,
  events: readonly StoredEvent[],
  limits: Limits,
  report: SpendReport,
): string[] {
  const { budget, spent } = report;
  const pool = poolOf(events);
  const { proposals = 0, rollouts = 0, best = null, frontier = [] } = events.at(-1)?.progress ?? {};
  const rejected = events.filter(({ kind }) => kind === "rejected").length;
  const usd = `$${spent.usd.toFixed(4)}${spent.unpriced > 0 ? ` + ${spent.unpriced} unpriced` : ""}`;
  // The job's own count comes with its heartbeat.
  const cases = Math.max(job.done, rollouts);
  const limit = nearest({ cases, proposals }, limits, report);
  return [
    "",
    [
      `cases ${outOf(String(cases), limits.maxRollouts?.toString())}`,
      `proposals ${outOf(String(proposals), limits.maxProposals?.toString())}`,
      `calls ${outOf(String(spent.calls), budget.calls?.toString())}`,
      `tokens ${outOf(String(spent.tokens), budget.tokens?.toString())}`,
      outOf(usd, budget.usd === undefined ? undefined : `$${budget.usd}`),
    ].join("  "),
    pool[0] === undefined
      ? "the seed is being evaluated"
      : `validation: seed ${scoreText(pool[0].estimate)}, best ${scoreText(best)}  frontier ${frontier.length} of ${pool.length} (${frontier.join(", ")})  accepted ${pool.length - 1}, rejected ${rejected}`,
    ...(limit === null ? [] : [limit]),
  ];
}

/** Prints the events of a campaign that were not told yet; all of them, and how many there are. */
async function tell(
  app: Watched,
  id: string,
  told: number,
  print: (line: string) => void,
): Promise<readonly StoredEvent[]> {
  const events = await readEvents(app, id);
  for (const [i, event] of events.entries()) {
    const line = i < told ? null : eventLine(event, poolOf(events.slice(0, i)));
    if (line !== null) print(line);
  }
  return events;
}

type Watched = Pick<Context, "store" | "project">;

/**
 * A campaign as it goes on: events as lines, and on a terminal what is used, the pool and the best score below them.
 * @param seen events that were there before.
 */
export function campaignView(
  app: Watched,
  campaign: { readonly id: string; readonly limits: Limits },
  seen: number,
): JobView {
  const block = liveBlock();
  let told = seen;
  return {
    async show(job) {
      const events = await tell(app, campaign.id, told, block.print);
      told = Math.max(told, events.length);
      if (!process.stderr.isTTY) return;
      const owner = { scope: "job", jobId: job.id } as const;
      const report = await app.store.records.ledger.report(app.project.id, owner);
      block.draw(statusLines(job, events, campaign.limits, report));
    },
    clear: () => block.clear(),
  };
}

/** A model switch as it goes on: the students' campaigns one after the other, and on a terminal what is used. */
export function matchView(
  app: Watched,
  students: readonly { readonly name: string; readonly id: string }[],
  seen: ReadonlyMap<string, number>,
): JobView {
  const block = liveBlock();
  const told = new Map(seen);
  return {
    async show(job) {
      for (const { name, id } of students) {
        const print = (line: string) => block.print(`${oneLine(name)}  ${line}`);
        told.set(id, (await tell(app, id, told.get(id) ?? 0, print)).length);
      }
      if (!process.stderr.isTTY) return;
      const owner = { scope: "job", jobId: job.id } as const;
      const { budget, spent } = await app.store.records.ledger.report(app.project.id, owner);
      const calls = outOf(String(spent.calls), budget.calls?.toString());
      const usd = outOf(`$${spent.usd.toFixed(4)}`, budget.usd === undefined ? undefined : `$${budget.usd}`);
      block.draw(["", `cases ${job.done}  calls ${calls}  tokens ${spent.tokens}  ${usd}`]);
    },
    clear: () => block.clear(),
  };
}

/** For `--json`: nothing is shown. */
export const silentView: JobView = { show: () => undefined, clear: () => undefined };
