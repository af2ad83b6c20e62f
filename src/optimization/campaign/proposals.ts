import type { Context } from "../../context.ts";
import { AppError, notFound } from "../../errors.ts";
import { intervalWords, rounded } from "../../evaluation/words.ts";
import type { Answer } from "../../model/answer.ts";
import type { Json } from "../../model/json.ts";
import type { Proposal, ProposalBody, ProposedChange } from "../../model/proposal.ts";
import { unifiedDiff } from "../../registry/diff.ts";
import { lastWatch } from "../watch/last-watch.ts";
import { watchData, watchTable } from "../watch/show.ts";

type Finding = Pick<Context, "store" | "project">;

/** @throws AppError `not_found` with the newest ones. */
export async function findProposal({ store, project }: Finding, id: string): Promise<Proposal> {
  const { optimizations } = store.records;
  const found = await optimizations.getProposal(project.id, id);
  if (found) return found;
  const { items } = await optimizations.listProposals({ projectId: project.id, limit: 5 });
  if (items.length === 0)
    throw notFound("proposal", id, "There is none yet: finish_optimization makes them.");
  throw new AppError("not_found", `No proposal "${id.slice(0, 80)}" in this project`, {
    hint: `The newest: ${items.map((item) => item.id).join(", ")}.`,
  });
}

export const changeDiff = ({ component, before, after }: ProposedChange): string =>
  unifiedDiff({ name: component, text: before }, { name: component, text: after });

/** Scores of seed and candidate side by side. */
export const scoreRows = ({ scores }: ProposalBody): Json[][] => [
  ["train", rounded(scores.train.before), rounded(scores.train.after)],
  ["validation", rounded(scores.validation.before), rounded(scores.validation.after)],
  ["validation, luck of the choice taken off", null, rounded(scores.validationCorrected)],
  ["holdout", rounded(scores.holdout.before), rounded(scores.holdout.after)],
];

/** What cost and latency did on the sealed examples. */
export const measureRows = ({ comparison }: ProposalBody): Json[][] =>
  (comparison?.measures ?? []).map(({ measure, n, baseline, candidate, interval }) => [
    measure,
    n,
    rounded(baseline),
    rounded(candidate),
    intervalWords(interval),
  ]);

/** get_record of a proposal: the verdict first, then the evidence, then the diff. */
export async function showProposal(context: Finding, { id }: { readonly id: string }): Promise<Answer> {
  const { status, optimizationId, body } = await findProposal(context, id);
  const { verdict, sentence, candidate, look, length, limits, flips, changes, patch, history } = body;
  const { watchJudges } = body;
  const watched = await lastWatch(context, id);
  return {
    data: {
      proposal: id,
      status,
      verdict,
      sentence,
      optimization: optimizationId,
      candidate,
      look,
      scores: { columns: ["split", "seed", "candidate"], rows: scoreRows(body) },
      ...(body.comparison && body.comparison.measures.length > 0
        ? {
            measures: {
              columns: ["measure", "n", "seed", "candidate", "95% interval of the difference"],
              rows: measureRows(body),
            },
          }
        : {}),
      characters: length,
      limits,
      ...(watchJudges ? { watchJudges } : {}),
      ...(watched ? { watch: watchData(watched.result) } : {}),
      ...(history.length > 0
        ? {
            history: history.map((step) => [
              step.status,
              new Date(step.atUs / 1_000).toISOString().slice(0, 19),
            ]),
          }
        : {}),
    },
    untrusted: {
      hypothesis: body.hypothesis,
      flips,
      ...(watched
        ? { live: { sentence: watched.result.sentence, measures: watchTable(watched.result) } }
        : {}),
      diffs: Object.fromEntries(changes.map((change) => [change.component, changeDiff(change)])),
      ...(patch === null ? {} : { patch }),
      ...(history.some(({ reason }) => reason !== null)
        ? { reasons: history.map(({ reason }) => reason) }
        : {}),
    },
    next:
      status === "pending"
        ? [
            {
              tool: "apply_proposal",
              arguments: { proposal: id, dryRun: true },
              why: "what applying it would change",
            },
          ]
        : status === "applied"
          ? [
              {
                tool: "apply_proposal",
                arguments: { proposal: id, action: "rollback" },
                why: "if it turns out worse",
              },
            ]
          : [],
  };
}

/** list_records of proposals, newest first. */
export async function listProposals(
  { store, project }: Finding,
  query: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<Answer> {
  const { limit, cursor } = query;
  const page = await store.records.optimizations.listProposals({ projectId: project.id, limit, cursor });
  return {
    data: {
      proposals: {
        columns: ["proposal", "status", "verdict", "optimization", "holdout before", "after", "updated"],
        rows: page.items.map(({ id, status, optimizationId, updatedUs, body }): Json[] => [
          id,
          status,
          body.verdict,
          optimizationId,
          rounded(body.scores.holdout.before),
          rounded(body.scores.holdout.after),
          new Date(updatedUs / 1_000).toISOString().slice(0, 19),
        ]),
      },
    },
    page: { returned: page.items.length, total: page.total, next: page.next },
  };
}
