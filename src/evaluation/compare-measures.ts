import type { MeasureComparison } from "../model/comparison.ts";
import { decide } from "../statistics/decide.ts";
import type { ScorePair } from "../statistics/score-pairs.ts";
import { type Arm, MEASURES } from "./arms.ts";
import { intervalOf } from "./decision-interval.ts";
import { mean } from "./values.ts";

/**
 * What runs took on both sides, over examples that both ran without failing. An example of which any run failed is left
 * out and counted: a crash is quick and cheap, and the repeats that went well would hide it.
 */
export function compareMeasures(baseline: Arm, candidate: Arm, seed: string): MeasureComparison[] {
  const failed = new Set([...baseline.failed, ...candidate.failed]);
  return MEASURES.flatMap((measure): MeasureComparison[] => {
    const [a, b] = [baseline.measures.get(measure), candidate.measures.get(measure)];
    const rows = [...(a?.keys() ?? [])].flatMap((id): ScorePair[] => {
      const [before, after] = [mean(a?.get(id) ?? []), mean(b?.get(id) ?? [])];
      return before === null || after === null || failed.has(id)
        ? []
        : [{ exampleId: id, cluster: candidate.groups.get(id) ?? null, baseline: before, candidate: after }];
    });
    const decision = decide(rows, { seed });
    const { findings, pairs } = decision;
    if (findings === null) return [];
    const { difference, baselineMean, candidateMean } = findings;
    return [
      {
        measure,
        n: pairs,
        leftOut: failed.size,
        baseline: baselineMean,
        candidate: candidateMean,
        difference,
        interval: intervalOf(decision, 1),
      },
    ];
  });
}
