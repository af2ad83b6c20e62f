import type { Context } from "../../context.ts";
import type { EvaluationSummary } from "../../model/estimate.ts";
import type { Evaluation, ResultRow } from "../../model/evaluation.ts";
import type { Json } from "../../model/json.ts";
import { present } from "../../privacy/present.ts";
import { rowsOf, summaryOf } from "../find.ts";
import { intervalWords, JUDGE_COLUMNS, judgeRow, rounded } from "../words.ts";
import { barChart, costChart, htmlPage, htmlTable } from "./html.ts";
import { markdownTable, plain } from "./markdown.ts";

export type ReportFormat = "markdown" | "html";

const MAX_FAILURES = 50;
const MAX_CELL = 300;
const FAILURE_COLUMNS = ["example", "run", "output", "why"];

const shown = (value: Json): string => {
  const { value: cleaned } = present(value, { maxChars: MAX_CELL });
  return typeof cleaned === "string" ? cleaned : JSON.stringify(cleaned);
};

interface Parts {
  readonly title: string;
  readonly facts: readonly string[];
  readonly summary: EvaluationSummary;
  readonly failures: readonly (readonly Json[])[];
  readonly moreFailures: number;
  readonly values: readonly number[];
  readonly primary: string;
  /** Of each row of which both are known. */
  readonly costs: readonly { readonly label: string; readonly x: number; readonly y: number }[];
}

function factsOf({ setup, id }: Evaluation, summary: EvaluationSummary): string[] {
  const { target, dataset } = setup;
  return [
    `Evaluation ${id} of ${dataset.name}@${dataset.version} (${setup.splits.join(", ")}), ${summary.examples} examples, ${setup.repeats} repeat${setup.repeats === 1 ? "" : "s"}.`,
    `Target: ${target.kind} ${shown(target.name)}${target.commit ? ` at ${target.commit.slice(0, 12)}` : ""}${target.dirty ? " with uncommitted changes" : ""}.`,
    `Runs: ${Object.entries(summary.runs)
      .map(([status, count]) => `${count} ${status}`)
      .join(", ")}.`,
    ...summary.notes,
  ];
}

async function partsOf(context: Pick<Context, "store" | "project">, evaluation: Evaluation): Promise<Parts> {
  const summary = summaryOf(evaluation);
  const { primary } = evaluation.setup;
  const failing: ResultRow[] = [];
  const values: number[] = [];
  const costs: { label: string; x: number; y: number }[] = [];
  let count = 0;
  for await (const row of rowsOf(context, evaluation.id)) {
    const verdict = row.verdicts[primary];
    if (verdict?.state === "scored" && verdict.value !== null) {
      values.push(verdict.value);
      if (row.run.costUsd !== null) costs.push({ label: "", x: row.run.costUsd, y: verdict.value });
    }
    if (verdict?.pass !== false) continue;
    count += 1;
    if (failing.length < MAX_FAILURES) failing.push(row);
  }
  return {
    title: `Evaluation of ${evaluation.setup.dataset.name}`,
    facts: factsOf(evaluation, summary),
    summary,
    failures: failing.map(({ exampleId, run, verdicts }) => [
      exampleId,
      run.status,
      shown(run.output),
      shown(verdicts[primary]?.rationale ?? ""),
    ]),
    moreFailures: count - failing.length,
    values,
    primary,
    costs,
  };
}

const sliceRows = ({ slices }: EvaluationSummary): Json[][] =>
  slices.map(({ slice, n, mean, interval }) => [shown(slice), n, rounded(mean), intervalWords(interval)]);

function asMarkdown({ title, facts, summary, failures, moreFailures }: Parts): string {
  const sections = [
    `# ${plain(title)}`,
    ...facts.map((fact) => plain(fact)),
    `## Judges\n\n${markdownTable(JUDGE_COLUMNS, summary.judges.map(judgeRow))}`,
    ...(summary.slices.length > 0
      ? [`## Slices\n\n${markdownTable(["slice", "n", "mean", "95% interval"], sliceRows(summary))}`]
      : []),
    ...(failures.length > 0 ? [`## What fails\n\n${markdownTable(FAILURE_COLUMNS, failures)}`] : []),
    ...(moreFailures > 0 ? [`and ${moreFailures} more that fail`] : []),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** Tenths of the scale from 0 to 1; measures have no such scale and no chart. */
function histogram(values: readonly number[]) {
  if (values.length === 0 || values.some((value) => value < 0 || value > 1)) return "";
  const counts = Array.from({ length: 10 }, () => 0);
  for (const value of values) {
    const bin = Math.min(9, Math.floor(value * 10));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const bars = counts.map((value, i) => ({ label: `${i / 10} to ${(i + 1) / 10}`, value }));
  return barChart("Distribution of the primary judge's values (rows)", bars, 0, Math.max(...counts));
}

function asHtml({ title, facts, summary, failures, moreFailures, values, primary, costs }: Parts): string {
  const bounded = summary.judges.filter((judge) => judge.bounded && judge.mean !== null);
  const bars = bounded.map(({ judge, mean, interval }) => ({
    label: judge,
    value: mean ?? 0,
    low: interval?.low,
    high: interval?.high,
  }));
  const slices = summary.slices.map(({ slice, mean, interval, n }) => ({
    label: `${shown(slice)} (${n})`,
    value: mean ?? 0,
    low: interval?.low,
    high: interval?.high,
  }));
  const body = [
    ...facts.map((fact) => `<p>${htmlText(fact)}</p>`),
    "<h2>Judges</h2>",
    barChart("Mean and 95 % interval", bars, 0, 1),
    htmlTable(JUDGE_COLUMNS, summary.judges.map(judgeRow)),
    histogram(values),
    costChart(primary, costs),
    ...(slices.length > 0
      ? ["<h2>Slices</h2>", barChart("Primary judge by slice", slices.slice(0, 20), 0, 1)]
      : []),
    ...(failures.length > 0 ? ["<h2>What fails</h2>", htmlTable(FAILURE_COLUMNS, failures)] : []),
    ...(moreFailures > 0 ? [`<p>and ${moreFailures} more that fail</p>`] : []),
  ];
  return htmlPage(title, body.join("\n"));
}

const htmlText = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** An evaluation's report: Markdown, or one self-contained HTML page with charts. Holdout examples are in no part of it. */
export async function evaluationReport(
  context: Pick<Context, "store" | "project">,
  evaluation: Evaluation,
  format: ReportFormat,
): Promise<string> {
  const parts = await partsOf(context, evaluation);
  return format === "html" ? asHtml(parts) : asMarkdown(parts);
}
