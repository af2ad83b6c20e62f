import type { Context } from "../../context.ts";
import type { Optimization } from "../../model/optimization.ts";
import { OptimizationSummary } from "../../model/optimization-summary.ts";
import type { Proposal } from "../../model/proposal.ts";
import type { SpendReport } from "../../store/ledger-store.ts";
import type { StoredEntry, StoredEvent } from "../campaign/events.ts";
import { findOptimization, readEvents } from "../campaign/find.ts";
import { poolOf } from "../campaign/pool.ts";

/** All that a report of a campaign tells; of the holdout only what a look has found. */
export interface ReportFacts {
  readonly optimization: Optimization;
  readonly events: readonly StoredEvent[];
  readonly pool: readonly StoredEntry[];
  /** Candidates from which parents were last drawn. */
  readonly frontier: ReadonlySet<number>;
  /** null: the search has not ended. */
  readonly summary: OptimizationSummary | null;
  /** The candidate that the report is about: the proposed one, else the search's choice; null: only the seed. */
  readonly chosen: StoredEntry | null;
  readonly spend: SpendReport;
  /** Newest first, one for each candidate that was looked at. */
  readonly proposals: readonly Proposal[];
}

const MOST_PROPOSALS = 50;

/** @throws AppError `not_found` for a campaign that is not there. */
export async function reportFacts(
  context: Pick<Context, "store" | "project">,
  id: string,
): Promise<ReportFacts> {
  const optimization = await findOptimization(context, id);
  const events = await readEvents(context, id);
  const pool = poolOf(events);
  const { optimizations, ledger } = context.store.records;
  const projectId = context.project.id;
  const [{ items: proposals }, spend] = await Promise.all([
    optimizations.listProposals({ projectId, optimizationId: id, limit: MOST_PROPOSALS }),
    ledger.report(projectId, { scope: "job", jobId: optimization.jobId }),
  ]);
  const summary = OptimizationSummary.safeParse(optimization.summary).data ?? null;
  const index = proposals[0]?.body.candidate ?? summary?.chosen.index ?? 0;
  const chosen = index === 0 ? null : (pool[index] ?? null);
  const frontier = new Set(events.at(-1)?.progress.frontier);
  return { optimization, events, pool, frontier, summary, chosen, spend, proposals };
}
