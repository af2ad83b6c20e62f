import type { Context } from "../context.ts";
import { invalidInput, notFound } from "../errors.ts";
import type { Answer, NextCall } from "../model/answer.ts";
import { EvaluationSummary, type Measure } from "../model/estimate.ts";
import type { Evaluation, EvaluationSetup, ResultRow } from "../model/evaluation.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { budgetFor, fit } from "../reading/budget.ts";
import { findEvaluation, rowsOf } from "./find.ts";
import { isMissing } from "./run-record.ts";
import { intervalWords, JUDGE_COLUMNS, judgeRow, rounded } from "./words.ts";

type Showing = Pick<Context, "store" | "project">;

export interface EvaluationQuery {
  readonly id: string;
  /** One example whole: its runs and verdicts. */
  readonly exampleId?: string | undefined;
  /** Only rows that fail: of this judge, else of the primary one. */
  readonly failing?: boolean | undefined;
  readonly judge?: string | undefined;
  readonly cursor?: string | undefined;
  readonly maxTokens?: number | undefined;
}

const targetWords = ({ target }: EvaluationSetup): JsonObject => ({
  kind: target.kind,
  ...(target.commit ? { commit: target.commit.slice(0, 12) } : {}),
  ...(target.dirty ? { dirty: true } : {}),
  ...(target.changed ? { changedWhileRunning: true } : {}),
});

/** Short; `+` behind it: with changes that no commit holds. */
const commitWords = ({ target: { commit, dirty } }: EvaluationSetup): string =>
  commit === null ? "" : `${commit.slice(0, 8)}${dirty ? "+" : ""}`;

function measureRow(name: string, measure: Measure | null): Json[][] {
  if (!measure) return [];
  const { n, mean, p50, p95, total } = measure;
  return [[name, n, rounded(mean), rounded(p50), rounded(p95), rounded(total)]];
}

/** What is invented apart from what is real, by the primary judge; nothing where none is. */
function byOrigin({ slices, examples }: EvaluationSummary): JsonObject {
  const rows = slices.filter(({ slice }) => slice.startsWith("origin="));
  if (!rows.some(({ slice }) => slice === "origin=synthetic")) return {};
  return {
    byOrigin: {
      columns: ["examples that are", "n", "mean", "interval"],
      rows: rows.map(({ slice, n, mean, interval }): Json[] => [
        slice.replace("origin=", ""),
        n,
        rounded(mean),
        intervalWords(interval),
      ]),
    },
    ...(rows.length === 1 ? { invented: `all ${examples} examples: none of this is real use` } : {}),
  };
}

/** An evaluation's estimates, or how far it is. */
export function evaluationData(evaluation: Evaluation): JsonObject {
  const { setup } = evaluation;
  const parsed = EvaluationSummary.safeParse(evaluation.summary);
  const head: JsonObject = {
    evaluation: evaluation.id,
    dataset: `${setup.dataset.name}@${setup.dataset.version}`,
    splits: setup.splits,
    target: targetWords(setup),
    ...(Object.keys(setup.prompts).length > 0 ? { prompts: setup.prompts } : {}),
    ...(setup.pair ? { pair: setup.pair } : {}),
    primary: setup.primary,
    repeats: setup.repeats,
    jobId: evaluation.jobId,
  };
  if (!parsed.success || evaluation.endedUs === null) return { ...head, ended: false };
  const summary = parsed.data;
  const measures = [
    ...measureRow("ms", summary.durationMs),
    ...measureRow("usd", summary.costUsd),
    ...measureRow("input tokens", summary.inputTokens),
    ...measureRow("output tokens", summary.outputTokens),
    ...measureRow("steps", summary.steps),
  ];
  return {
    ...head,
    ended: true,
    examples: summary.examples,
    runs: summary.runs,
    judges: { columns: JUDGE_COLUMNS, rows: summary.judges.map(judgeRow) },
    ...(summary.judges.some(({ passAt }) => passAt.length > 0)
      ? {
          passAt: {
            columns: ["judge", "k", "any of k passes", "all k pass"],
            rows: summary.judges.flatMap(({ judge, passAt }) =>
              passAt.map(({ k, any, all }): Json[] => [judge, k, rounded(any), rounded(all)]),
            ),
          },
        }
      : {}),
    ...byOrigin(summary),
    ...(measures.length > 0
      ? { measures: { columns: ["per run", "n", "mean", "p50", "p95", "total"], rows: measures } }
      : {}),
    ...(summary.answerer ? { answerer: summary.answerer } : {}),
    spent: summary.spent,
    // Equal when every row came to the same, whatever was killed or resumed on the way.
    resultHash: evaluation.resultHash,
    ...(summary.notes.length > 0 ? { notes: summary.notes } : {}),
  };
}

const oneLine = (value: Json, max: number): string => {
  const text = (typeof value === "string" ? value : JSON.stringify(value)).replaceAll(/\s+/g, " ").trim();
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
};

function rowCells(row: ResultRow, judges: readonly string[]): Json[] {
  const verdicts = judges.map((judge) => {
    const verdict = row.verdicts[judge];
    if (!verdict) return "pending";
    if (verdict.state !== "scored") return verdict.reason ?? verdict.state;
    return verdict.label ?? (verdict.pass === null ? rounded(verdict.value) : verdict.pass ? "pass" : "fail");
  });
  const why = isMissing(row.run)
    ? row.run.error
    : judges
        .map((judge) => row.verdicts[judge])
        .find((verdict) => verdict?.pass === false || verdict?.state === "unscored")?.rationale;
  return [
    row.exampleId,
    row.repeat,
    row.run.status,
    ...verdicts,
    oneLine(row.run.output, 120),
    why ? oneLine(why, 160) : "",
  ];
}

async function rowsPage(context: Showing, evaluation: Evaluation, query: EvaluationQuery): Promise<Answer> {
  const judges = evaluation.setup.judges.map(({ name }) => name);
  const judge = query.judge ?? evaluation.setup.primary;
  if (!judges.includes(judge))
    throw invalidInput(
      `No judge "${judge.slice(0, 80)}" in this evaluation`,
      `Judges: ${judges.join(", ")}.`,
    );
  const from = Number(/^rows:(\d{1,9})$/.exec(query.cursor ?? "rows:0")?.[1] ?? Number.NaN);
  if (!Number.isInteger(from)) throw invalidInput("cursor is not one that get_record gave");
  const cells: Json[][] = [];
  let total = 0;
  for await (const row of rowsOf(context, evaluation.id)) {
    if (query.failing && row.verdicts[judge]?.pass !== false) continue;
    if (total >= from && cells.length < 200) cells.push(rowCells(row, judges));
    total += 1;
  }
  const { shown } = fit(cells, budgetFor(query.maxTokens) - 2_600);
  const end = from + shown.length;
  return {
    data: evaluationData(evaluation),
    untrusted: {
      target: evaluation.setup.target.name,
      ...(evaluation.note ? { note: evaluation.note } : {}),
      rows: { columns: ["example", "repeat", "run", ...judges, "output", "why"], rows: [...shown] },
    },
    page: { returned: shown.length, total, next: end < total ? `rows:${end}` : null },
    next: evaluation.endedUs === null ? [untilItEnds(evaluation)] : [],
  };
}

const untilItEnds = ({ jobId }: Evaluation): NextCall => ({
  tool: "get_job",
  arguments: { jobId, waitSeconds: 20 },
  why: "it has not ended: what it is at, and what it waits for",
});

/** get_record of an evaluation: its estimates with a page of rows, or all that is known of one example. */
export async function showEvaluation(context: Showing, query: EvaluationQuery): Promise<Answer> {
  const evaluation = await findEvaluation(context, query.id);
  if (query.exampleId === undefined) return rowsPage(context, evaluation, query);
  const rows: ResultRow[] = [];
  for await (const row of rowsOf(context, evaluation.id))
    if (row.exampleId === query.exampleId) rows.push(row);
  if (rows.length === 0)
    throw notFound("example", query.exampleId, "get_record without exampleId lists this evaluation's rows.");
  return {
    data: { evaluation: evaluation.id, rows: rows.length },
    untrusted: {
      rows: rows.map(({ exampleId: _, exampleHash: __, group: ___, ...row }) =>
        JSON.parse(JSON.stringify(row)),
      ),
    },
    next: rows[0]?.run.traceIds[0]
      ? [{ tool: "get_trace", arguments: { traceId: rows[0].run.traceIds[0] }, why: "the run's trace" }]
      : [],
  };
}

/** list_records of evaluations, newest first. */
export async function listEvaluations(
  context: Showing,
  query: { readonly name?: string | undefined; readonly limit: number; readonly cursor?: string | undefined },
): Promise<Answer> {
  const page = await context.store.records.evaluations.list({
    projectId: context.project.id,
    dataset: query.name,
    limit: query.limit,
    cursor: query.cursor,
  });
  return {
    data: {},
    untrusted: {
      evaluations: {
        columns: [
          "evaluation",
          "dataset",
          "target",
          "prompts",
          "commit",
          "judge",
          "mean",
          "scored",
          "started",
          "note",
        ],
        rows: page.items.map((item): Json[] => {
          const parsed = EvaluationSummary.safeParse(item.summary);
          const primary = parsed.data?.judges.find(({ judge }) => judge === item.setup.primary);
          return [
            item.id,
            `${item.setup.dataset.name}@${item.setup.dataset.version}`,
            item.setup.target.name,
            Object.entries(item.setup.prompts)
              .map(([name, prompt]) => `${name}=${prompt}`)
              .join(" "),
            commitWords(item.setup),
            item.setup.pair
              ? `${item.setup.primary} (pair with ${item.setup.pair.baseline})`
              : item.setup.primary,
            rounded(primary?.mean ?? null),
            primary ? `${primary.scored} of ${primary.rows}` : "not ended",
            new Date(item.createdUs / 1_000).toISOString().slice(0, 16),
            item.note ?? "",
          ];
        }),
      },
    },
    page: { returned: page.items.length, total: page.total, next: page.next },
  };
}
