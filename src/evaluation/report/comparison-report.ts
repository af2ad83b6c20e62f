import type { Comparison, JudgeComparison } from "../../model/comparison.ts";
import type { Json } from "../../model/json.ts";
import { present } from "../../privacy/present.ts";
import {
  COMPARED_COLUMNS,
  comparedRow,
  MEASURE_COLUMNS,
  measureRow,
  PAIR_COLUMNS,
  pairRow,
  SLICE_COLUMNS,
  sliceRow,
} from "../comparison-rows.ts";
import type { ReportFormat } from "./evaluation-report.ts";
import { barChart, costChart, escapeHtml, htmlPage, htmlTable } from "./html.ts";
import { markdownTable, plain } from "./markdown.ts";

const shown = (text: string): string => String(present(text, { maxChars: 200 }).value);

const sliceCells = ({ slices }: Comparison): Json[][] =>
  slices.map((slice) => sliceRow({ ...slice, slice: shown(slice.slice) }));

function headOf({ baseline, candidate, dataset, attempts }: Comparison): string {
  return `${candidate} against ${baseline} on ${dataset.name}@${dataset.version}, attempt ${attempts}.`;
}

/** Ids of examples that changed sides; those of the holdout, and of very many, are counted alone. */
const flipIds = ({ gained, gainedIds, lost, lostIds }: JudgeComparison): string[] =>
  [
    { name: "Gained", count: gained, ids: gainedIds },
    { name: "Lost", count: lost, ids: lostIds },
  ]
    .filter(({ count }) => count > 0)
    .map(({ name, count, ids }) => {
      const rest = count - ids.length;
      return `${name}: ${[...ids.map(shown), ...(rest > 0 ? [`${rest} more or sealed`] : [])].join(", ")}`;
    });

function asMarkdown(comparison: Comparison): string {
  const primary = comparison.judges.find((judge) => judge.primary);
  const pairs = comparison.judges.flatMap(pairRow);
  const sections = [
    `# ${comparison.verdict}`,
    plain(comparison.sentence),
    plain(headOf(comparison)),
    ...(primary?.settles ? [`What would settle it: ${plain(primary.settles)}`] : []),
    ...comparison.warnings.map((warning) => `- ${plain(warning)}`),
    markdownTable(COMPARED_COLUMNS, comparison.judges.map(comparedRow)),
    ...(pairs.length > 0 ? [markdownTable(PAIR_COLUMNS, pairs)] : []),
    ...(comparison.measures.length > 0
      ? [markdownTable(MEASURE_COLUMNS, comparison.measures.map(measureRow))]
      : []),
    ...(comparison.slices.length > 0 ? [markdownTable(SLICE_COLUMNS, sliceCells(comparison))] : []),
    ...(primary ? flipIds(primary).map(plain) : []),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** Win rates around their middle: a bar to the right says that the candidate wins more than it loses. */
function pairsHtml({ judges }: Comparison): string[] {
  const bars = judges.flatMap(({ judge, difference, interval, pairs }) =>
    pairs === null || difference === null
      ? []
      : [{ label: judge, value: difference, low: interval?.low, high: interval?.high }],
  );
  if (bars.length === 0) return [];
  return [
    "<h2>Pairs</h2>",
    barChart("Share of wins less that of losses, with its interval", bars, -1, 1),
    htmlTable(PAIR_COLUMNS, judges.flatMap(pairRow)),
  ];
}

function asHtml(comparison: Comparison): string {
  const primary = comparison.judges.find((judge) => judge.primary);
  const bars = comparison.judges.flatMap(({ judge, bounded, difference, interval, pairs }) =>
    difference === null || pairs !== null || !bounded
      ? []
      : [{ label: judge, value: difference, low: interval?.low, high: interval?.high }],
  );
  const flips = primary
    ? [
        { label: "gained", value: primary.gained },
        { label: "lost", value: -primary.lost },
      ]
    : [];
  const most = Math.max(1, ...flips.map(({ value }) => Math.abs(value)));
  const cost = comparison.measures.find(({ measure }) => measure === "costUsd");
  const points =
    cost && primary && primary.baseline !== null && primary.candidate !== null
      ? [
          { label: "baseline", x: cost.baseline, y: primary.baseline },
          { label: "candidate", x: cost.candidate, y: primary.candidate },
        ]
      : [];
  const charted = primary?.bounded === false ? [] : comparison.slices;
  const slices = charted.map(({ slice, n, difference }) => ({
    label: `${shown(slice)} (${n})`,
    value: difference,
  }));
  const body = [
    `<p class="verdict">${escapeHtml(comparison.sentence)}</p>`,
    `<p>${escapeHtml(headOf(comparison))}</p>`,
    ...(primary?.settles ? [`<p>What would settle it: ${escapeHtml(primary.settles)}</p>`] : []),
    ...comparison.warnings.map((warning) => `<p>Note: ${escapeHtml(warning)}</p>`),
    "<h2>Judges</h2>",
    barChart("Difference, candidate less baseline, with its interval", bars, -1, 1),
    htmlTable(COMPARED_COLUMNS, comparison.judges.map(comparedRow)),
    barChart("Flips of the primary judge (examples)", flips, -most, most),
    ...(primary ? flipIds(primary).map((line) => `<p>${escapeHtml(line)}</p>`) : []),
    ...pairsHtml(comparison),
    ...(comparison.measures.length > 0
      ? ["<h2>Cost and speed</h2>", htmlTable(MEASURE_COLUMNS, comparison.measures.map(measureRow))]
      : []),
    costChart(primary?.judge ?? "", points),
    ...(slices.length > 0 ? ["<h2>Slices</h2>", barChart("Difference by slice", slices, -1, 1)] : []),
  ];
  return htmlPage(`Comparison: ${comparison.verdict}`, body.join("\n"));
}

/** A comparison's report: Markdown, or one self-contained HTML page with charts. */
export const comparisonReport = (comparison: Comparison, format: ReportFormat): string =>
  format === "html" ? asHtml(comparison) : asMarkdown(comparison);
