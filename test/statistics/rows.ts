import type { ScorePair } from "../../src/statistics/score-pairs.ts";

export const pair = (
  index: number,
  baseline: number | null,
  candidate: number | null,
  cluster: string | null = null,
): ScorePair => ({ exampleId: `e${index}`, cluster, baseline, candidate });

/** Unclustered pass and fail: how many pairs both passed, only the candidate, only the baseline, and neither. */
export const binaryRows = (both: number, better: number, worse: number, neither: number): ScorePair[] =>
  [
    ...new Array<readonly [number, number]>(both).fill([1, 1]),
    ...new Array<readonly [number, number]>(better).fill([0, 1]),
    ...new Array<readonly [number, number]>(worse).fill([1, 0]),
    ...new Array<readonly [number, number]>(neither).fill([0, 0]),
  ].map(([baseline, candidate], index) => pair(index, baseline, candidate));

export const swapArms = (rows: readonly ScorePair[]): ScorePair[] =>
  rows.map((row) => ({ ...row, baseline: row.candidate, candidate: row.baseline }));
