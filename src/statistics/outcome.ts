import type { Settings } from "./decide-options.ts";
import type { MissingBounds, Verdict } from "./decision.ts";
import { type Equivalence, equivalence } from "./equivalence.ts";
import { pairedBinaryTest } from "./paired-binary.ts";
import { pairedClusterTest } from "./paired-clusters.ts";
import type { PairedTest } from "./paired-test.ts";
import { randomStream } from "./random.ts";
import { type PairedScores, pairScores, type ScorePair, scoreRange } from "./score-pairs.ts";

/** Complete pairs, tested. */
export interface Outcome {
  readonly verdict: Verdict;
  readonly scores: PairedScores;
  readonly test: PairedTest;
  readonly equivalence: Equivalence | null;
}

/** The test of complete pairs: McNemar's for unclustered passes and failures, else sign-flips over clusters. */
export function testOf(scores: PairedScores, settings: Settings): PairedTest {
  if (scores.binary && scores.clusters.length === scores.pairs) return pairedBinaryTest(scores);
  return pairedClusterTest(scores.clusters, {
    random: randomStream(settings.seed, "sign-flip"),
    range: settings.bounds && settings.bounds[1] - settings.bounds[0],
  });
}

/** The verdict of complete pairs; null without any. */
export function outcomeOf(scores: PairedScores, settings: Settings): Outcome | null {
  if (scores.pairs === 0) return null;
  const { margin, alphaUsed } = settings;
  const test = testOf(scores, settings);
  const similar = margin === null ? null : equivalence(test.shifts, margin, alphaUsed);
  const verdict = (): Verdict => {
    if (test.pValue <= alphaUsed) return test.shifts.estimate > 0 ? "better" : "worse";
    return similar?.equivalent ? "equivalent" : "inconclusive";
  };
  return { verdict: verdict(), scores, test, equivalence: similar };
}

/**
 * The verdicts with every missing score filled, worst and best for the candidate, from the stated bounds or else the
 * extremes that were seen. Null when nothing is missing, or nothing was scored and no bounds were stated.
 */
export function missingBounds(rows: readonly ScorePair[], settings: Settings): MissingBounds | null {
  const fill = settings.bounds ?? scoreRange(rows);
  if (fill === null || rows.every((row) => row.baseline !== null && row.candidate !== null)) return null;
  const [low, high] = fill;
  const worst = outcomeOf(pairScores(rows, { baseline: high, candidate: low }), settings);
  const best = outcomeOf(pairScores(rows, { baseline: low, candidate: high }), settings);
  if (!worst || !best) return null;
  return {
    worst: { difference: worst.test.shifts.estimate, verdict: worst.verdict },
    best: { difference: best.test.shifts.estimate, verdict: best.verdict },
    fill,
    fillSource: settings.bounds ? "stated" : "observed",
  };
}
