import { hashOf } from "../canonical.ts";
import type { Context } from "../context.ts";
import { notFound } from "../errors.ts";
import type { Answer } from "../model/answer.ts";
import { Comparison } from "../model/comparison.ts";
import type { Evaluation } from "../model/evaluation.ts";
import type { Json } from "../model/json.ts";
import { compareEvaluations } from "./compare.ts";
import {
  COMPARED_COLUMNS,
  comparedRow,
  MEASURE_COLUMNS,
  measureRow,
  PAIR_COLUMNS,
  pairRow,
  SLICE_COLUMNS,
  sliceRow,
} from "./comparison-rows.ts";
import { findEvaluation } from "./find.ts";
import { flipCalls } from "./flip-calls.ts";

export interface CompareInput {
  readonly baseline: string;
  readonly candidate: string;
  readonly primary?: string | undefined;
  readonly alpha?: number | undefined;
  readonly margin?: number | undefined;
}

type Comparing = Pick<Context, "store" | "project">;

const nameOf = (baseline: string, candidate: string): string => `${baseline}..${candidate}`;

/** What an attempt is at: run again unchanged, a baseline is the same one. Its judges are left out, as the attempts of all count. */
const versionOf = ({ setup: { target, prompts } }: Evaluation): string =>
  hashOf({
    kind: target.kind,
    name: target.name,
    config: target.configHash,
    tree: target.treeHash,
    prompts,
  });

/** Compares two evaluations, counts the attempt, and keeps the outcome. */
export async function compare(context: Comparing, input: CompareInput): Promise<Comparison> {
  const [baseline, candidate] = await Promise.all([
    findEvaluation(context, input.baseline),
    findEvaluation(context, input.candidate),
  ]);
  const { evaluations, versions } = context.store.records;
  const { primary = candidate.setup.primary } = input;
  // Another judge chosen afterwards is another try at the same question.
  const what = primary === candidate.setup.primary ? candidate.id : `${candidate.id} by ${primary}`;
  const attempt = { dataset: candidate.setup.dataset.hash, baseline: versionOf(baseline), candidate: what };
  // Refused comparisons are no attempts: the first count only looks.
  const before = await evaluations.countAttempts(context.project.id, attempt, false);
  const comparison = await compareEvaluations(context, baseline, candidate, {
    ...input,
    attempt: Math.max(1, before),
  });
  const attempts = await evaluations.countAttempts(context.project.id, attempt, true);
  const final =
    attempts === comparison.attempts
      ? comparison
      : await compareEvaluations(context, baseline, candidate, { ...input, attempt: attempts });
  const body = JSON.parse(JSON.stringify(final));
  await versions.save({
    projectId: context.project.id,
    kind: "comparison",
    name: nameOf(baseline.id, candidate.id),
    hash: hashOf(body),
    body,
    note: null,
  });
  return final;
}

const ids = (all: readonly string[], count: number): Json =>
  all.length === count ? [...all] : [...all, `and ${count - all.length} more or sealed`];

/** A comparison for an assistant: the sentence first, then the numbers behind it. */
export function comparisonAnswer(comparison: Comparison): Answer {
  const primary = comparison.judges.find((judge) => judge.primary);
  return {
    data: {
      verdict: comparison.verdict,
      sentence: comparison.sentence,
      ...(primary?.settles ? { settles: primary.settles } : {}),
      ...(comparison.selfJudged ? { verified: false } : {}),
      baseline: comparison.baseline,
      candidate: comparison.candidate,
      attempts: comparison.attempts,
      judges: {
        columns: COMPARED_COLUMNS,
        rows: comparison.judges.map(comparedRow),
      },
      ...(comparison.judges.some(({ pairs }) => pairs !== null)
        ? { pairs: { columns: PAIR_COLUMNS, rows: comparison.judges.flatMap(pairRow) } }
        : {}),
      ...(comparison.measures.length > 0
        ? {
            measures: {
              columns: MEASURE_COLUMNS,
              rows: comparison.measures.map(measureRow),
            },
          }
        : {}),
      ...(comparison.warnings.length > 0 ? { warnings: comparison.warnings } : {}),
    },
    untrusted: {
      ...(primary && primary.gained + primary.lost > 0
        ? {
            flips: {
              gained: ids(primary.gainedIds, primary.gained),
              lost: ids(primary.lostIds, primary.lost),
            },
          }
        : {}),
      ...(comparison.slices.length > 0
        ? {
            slices: {
              columns: SLICE_COLUMNS,
              rows: comparison.slices.map(sliceRow),
            },
          }
        : {}),
    },
    next: primary?.lostIds[0]
      ? [
          {
            tool: "get_record",
            arguments: { kind: "evaluation", id: comparison.candidate, exampleId: primary.lostIds[0] },
            why: "an example that the candidate lost",
          },
        ]
      : [],
  };
}

/** As `comparisonAnswer`, with the call that shows where the two runs of a lost example part. */
export async function comparisonWithFlips(context: Comparing, comparison: Comparison): Promise<Answer> {
  const { next = [], ...answer } = comparisonAnswer(comparison);
  return { ...answer, next: [...(await flipCalls(context, comparison)), ...next] };
}

/** get_record of a comparison: `BASELINE..CANDIDATE`. */
export async function showComparison(context: Comparing, { id }: { readonly id: string }): Promise<Answer> {
  const record = await context.store.records.versions.get(context.project.id, "comparison", id);
  if (!record)
    throw notFound(
      "comparison",
      id,
      "Comparisons are named BASELINE..CANDIDATE; compare_evaluations makes one.",
    );
  return comparisonWithFlips(context, Comparison.parse(record.body));
}

/** list_records of comparisons, newest first. */
export async function listComparisons(
  context: Comparing,
  query: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<Answer> {
  const page = await context.store.records.versions.list({
    projectId: context.project.id,
    kind: "comparison",
    limit: query.limit,
    cursor: query.cursor,
  });
  return {
    data: {
      comparisons: {
        columns: ["comparison", "verdict", "sentence"],
        rows: page.items.map((item): Json[] => {
          const parsed = Comparison.safeParse(item.body);
          return [item.name, parsed.data?.verdict ?? "", parsed.data?.sentence ?? ""];
        }),
      },
    },
    page: { returned: page.items.length, total: page.total, next: page.next },
  };
}
