import { type Bar, barChart, escapeHtml, htmlPage, htmlTable } from "../../evaluation/report/html.ts";
import { lineageChart } from "./lineage-chart.ts";
import { reportDiffs } from "./report-diffs.ts";
import type { ReportFacts } from "./report-facts.ts";
import {
  ATTEMPT_COLUMNS,
  attemptRows,
  budgetRows,
  holdoutDifference,
  lengthSentence,
  limitLines,
  SCORE_COLUMNS,
  scoreTable,
  setupRows,
  stopSentence,
  validationDifference,
  verdictSentence,
} from "./report-rows.ts";
import { scoreChart } from "./score-chart.ts";

const STYLE =
  ".edge{fill:none;stroke:#8c959f}.kept{fill:#fff;stroke:#2f6fb0;stroke-width:2}.front{fill:#2f6fb0}.chosen{fill:#12385f;stroke:#12385f;stroke-width:2}.leaf{fill:#d9a38c}.track{fill:#eef1f4}.quiet{fill:#57606a}.grid{stroke:#e4e8ec}.tick{stroke:#b4532a}.line{fill:none;stroke:#2f6fb0;stroke-width:2}.wide{overflow-x:auto}pre{font:12px/1.45 ui-monospace,monospace;background:#f6f8fa;padding:.6rem .8rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}pre span{display:block}.add{background:#e2f3e5}.del{background:#fbe6df}.hunk{color:#57606a}";

const KINDS: Readonly<Record<string, string>> = { "+": "add", "-": "del", "@": "hunk" };

/** Lines of a diff, coloured; the names of its two sides stay plain. */
function diffHtml(text: string): string {
  const lines = text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => {
      const kind = /^(---|\+\+\+) /.test(line) ? "hunk" : (KINDS[line.charAt(0)] ?? "");
      return `<span${kind === "" ? "" : ` class="${kind}"`}>${escapeHtml(line) || " "}</span>`;
    });
  return `<pre>${lines.join("")}</pre>`;
}

function differenceBars(facts: ReportFacts): Bar[] {
  const { pool, chosen } = facts;
  const [seed] = pool;
  if (!seed || !chosen) return [];
  const rows = [
    { label: "validation (chose it)", ...validationDifference(seed, chosen) },
    { label: "holdout (decides)", ...(holdoutDifference(facts) ?? { difference: null, interval: null }) },
  ];
  return rows.flatMap(({ label, difference, interval }) =>
    difference === null ? [] : [{ label, value: difference, low: interval?.low, high: interval?.high }],
  );
}

/** A campaign's report as one page that needs nothing else. Texts of models are escaped; holdout examples are in no part of it. */
export function campaignPage(facts: ReportFacts): string {
  const { optimization } = facts;
  const scores = scoreTable(facts);
  const attempts = attemptRows(facts);
  const diffs = reportDiffs(facts);
  const sentences = [stopSentence(facts), lengthSentence(facts)].filter((one) => one !== null);
  const body = [
    `<style>${STYLE}</style>`,
    `<p class="verdict">${escapeHtml(verdictSentence(facts))}</p>`,
    ...(sentences.length > 0 ? [`<p>${escapeHtml(sentences.join(" "))}</p>`] : []),
    ...(scores.length > 0
      ? [
          "<h2>Seed and candidate side by side</h2>",
          barChart("Difference, candidate less seed, with its interval", differenceBars(facts), -1, 1),
          htmlTable(SCORE_COLUMNS, scores),
        ]
      : []),
    `<h2>Limits</h2><ul>${limitLines(facts)
      .map((line) => `<li>${escapeHtml(line)}</li>`)
      .join("")}</ul>`,
    ...(facts.pool.length > 0 ? ["<h2>How it came about</h2>", lineageChart(facts), scoreChart(facts)] : []),
    ...(attempts.length > 0 ? ["<h2>What was tried</h2>", htmlTable(ATTEMPT_COLUMNS, attempts)] : []),
    ...(diffs.length > 0 ? ["<h2>The change</h2>"] : []),
    ...diffs.map(({ name, text }) => `<h3>${escapeHtml(name)}</h3>${diffHtml(text)}`),
    "<h2>Setup</h2>",
    htmlTable(["what", "value"], setupRows(facts)),
    "<h2>Budget</h2>",
    htmlTable(["what", "used", "limit"], budgetRows(facts)),
  ];
  return htmlPage(`Campaign ${optimization.id}`, body.join("\n"));
}
