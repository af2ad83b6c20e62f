import { showCensus } from "../census/show.ts";
import type { Context } from "../context.ts";
import { showDataset } from "../datasets/show.ts";
import { showComparison } from "../evaluation/comparisons.ts";
import { showEvaluation } from "../evaluation/show.ts";
import { jobAnswer } from "../jobs/answer.ts";
import { showJudge } from "../judges/show.ts";
import type { Answer } from "../model/answer.ts";
import type { RecordKind } from "../model/record-kind.ts";
import { showProposal } from "../optimization/campaign/proposals.ts";
import { showOptimization } from "../optimization/campaign/show.ts";
import { isMatchId } from "../optimization/match/find.ts";
import { showMatch } from "../optimization/match/show.ts";
import { showTraceDiff } from "../reading/diff/show.ts";
import { showPrompt } from "../registry/show.ts";
import { promptUsage } from "../registry/usage.ts";

export interface RecordQuery {
  readonly kind: RecordKind;
  readonly id: string;
  readonly exampleId?: string | undefined;
  readonly failing?: boolean | undefined;
  readonly judge?: string | undefined;
  readonly usage?: boolean | undefined;
  readonly compareTo?: string | undefined;
  readonly cursor?: string | undefined;
  readonly maxTokens?: number | undefined;
}

/** get_record: one record, as its own folder shows it. */
export function getRecord(context: Context, query: RecordQuery): Promise<Answer> {
  switch (query.kind) {
    case "dataset":
      return showDataset(context, query);
    case "judge":
      return showJudge(context, query);
    case "prompt":
      return query.usage ? promptUsage(context, query.id) : showPrompt(context, query);
    case "evaluation":
      return showEvaluation(context, query);
    case "comparison":
      return showComparison(context, query);
    case "optimization":
      return isMatchId(query.id) ? showMatch(context, query) : showOptimization(context, query);
    case "proposal":
      return showProposal(context, query);
    case "census":
      return showCensus(context, query);
    case "trace_diff":
      return showTraceDiff(context, query);
    case "job":
      return jobAnswer(context, query.id, 0);
  }
}
