import { listCensuses } from "../census/show.ts";
import type { Context } from "../context.ts";
import { listDatasets } from "../datasets/show.ts";
import { listComparisons } from "../evaluation/comparisons.ts";
import { listEvaluations } from "../evaluation/show.ts";
import { listJudges } from "../judges/show.ts";
import type { Answer } from "../model/answer.ts";
import type { Json } from "../model/json.ts";
import type { RecordKind } from "../model/record-kind.ts";
import { listProposals } from "../optimization/campaign/proposals.ts";
import { listOptimizations } from "../optimization/campaign/show.ts";
import { listPrompts } from "../registry/show.ts";

export interface ListQuery {
  /** A trace diff is made when it is asked for, and kept nowhere. */
  readonly kind: Exclude<RecordKind, "trace_diff">;
  readonly name?: string | undefined;
  readonly find?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

async function listJobs(context: Context, limit: number): Promise<Answer> {
  const jobs = await context.store.records.jobs.list(context.project.id, limit);
  return {
    data: {
      jobs: {
        columns: ["job", "kind", "state", "done", "total", "unit", "updated"],
        rows: jobs.map((job): Json[] => [
          job.id,
          job.kind,
          job.state,
          job.done,
          job.total,
          job.unit,
          new Date(job.updatedUs / 1_000).toISOString().slice(0, 19),
        ]),
      },
    },
  };
}

/** list_records: one list a kind, each as its own folder shows it. */
export function listRecords(context: Context, query: ListQuery): Promise<Answer> {
  switch (query.kind) {
    case "dataset":
      return listDatasets(context, query);
    case "judge":
      return listJudges(context, query);
    case "prompt":
      return listPrompts(context, query);
    case "evaluation":
      return listEvaluations(context, query);
    case "comparison":
      return listComparisons(context, query);
    case "optimization":
      return listOptimizations(context, query);
    case "proposal":
      return listProposals(context, query);
    case "census":
      return listCensuses(context, query);
    case "job":
      return listJobs(context, query.limit);
  }
}
