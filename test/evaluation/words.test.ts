import { expect, it } from "vitest";
import { comparisonSentence } from "../../src/evaluation/comparison-words.ts";
import { comparisonAnswer } from "../../src/evaluation/comparisons.ts";
import { comparisonReport } from "../../src/evaluation/report/comparison-report.ts";
import { JUDGE_COLUMNS, judgeRow } from "../../src/evaluation/words.ts";
import type { Comparison, JudgeComparison } from "../../src/model/comparison.ts";
import type { JudgeSummary } from "../../src/model/estimate.ts";

const judge: JudgeComparison = {
  judge: "correctness",
  primary: true,
  goal: "higher",
  bounded: true,
  verdict: "inconclusive",
  method: "exact McNemar",
  n: 18,
  clusters: 18,
  baseline: 0.5,
  candidate: 0.9,
  difference: 0.4,
  interval: null,
  p: 0.01,
  adjustedP: 0.01,
  alpha: 0.05,
  gained: 3,
  lost: 0,
  gainedIds: ["a<b", "c"],
  lostIds: [],
  missing: 2,
  failedRuns: 0,
  bounds: { low: 0.31, high: 0.45 },
  changesAtBound: true,
  settles: null,
  pairs: null,
};

const comparison: Comparison = {
  baseline: "ev-1",
  candidate: "ev-2",
  dataset: { name: "d", version: 1 },
  verdict: "inconclusive",
  sentence: "Inconclusive.",
  judges: [judge],
  measures: [],
  slices: [],
  attempts: 1,
  selfJudged: false,
  warnings: [],
};

const WORDS = "[0.31, 0.45], which changes the verdict";

it("the difference at the bounds of what is missing is shown wherever the comparison is", () => {
  expect(JSON.stringify(comparisonAnswer(comparison))).toContain(WORDS);
  expect(comparisonReport(comparison, "html")).toContain(`<td>2</td><td>${WORDS}</td>`);
  expect(comparisonReport(comparison, "markdown")).toContain(
    "| 2 | \\[0.31, 0.45\\], which changes the verdict |",
  );
  const whole = { ...comparison, judges: [{ ...judge, missing: 0, bounds: null, changesAtBound: false }] };
  expect(comparisonReport(whole, "html")).toContain("<td>0</td><td></td>");
});

it("a page names the examples that flipped as text, counts sealed ones, and says why it has no chart of cost", () => {
  const html = comparisonReport(comparison, "html");
  expect(html).toContain("<p>Gained: a&lt;b, c, 1 more or sealed</p>");
  expect(html).toContain("No chart of cost against quality: no run has both a known cost");
});

it("what a judge does not apply to stands beside what it scored", () => {
  const summary: JudgeSummary = {
    judge: "contains",
    goal: "higher",
    bounded: true,
    rows: 10,
    scored: 6,
    notApplicable: 4,
    unscored: {},
    errors: {},
    failedRuns: 0,
    mean: 1,
    interval: null,
    bounds: { low: 1, high: 1 },
    passRate: 1,
    passAt: [],
    examples: 6,
    clusters: 6,
    labels: {},
    calibration: "exempt (code)",
  };
  expect(judgeRow(summary)[JUDGE_COLUMNS.indexOf("scored")]).toBe("6 of 10, 4 not applicable");
});

it("a verdict that missing ones could turn is not told as no difference", () => {
  const turned = comparisonSentence(judge, {});
  expect(turned).toMatch(/^Inconclusive: correctness 0\.5 to 0\.9/);
  expect(turned).toContain("The missing verdicts could turn it, so nothing is concluded.");
  expect(comparisonSentence({ ...judge, changesAtBound: false }, {})).toMatch(
    /^Inconclusive: no difference was shown: correctness/,
  );
});
