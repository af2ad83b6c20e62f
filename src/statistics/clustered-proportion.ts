import { wilsonInterval } from "./proportions.ts";
import type { Rate } from "./youden.ts";

/** One yes or no of a sample: `weight` is one over its chance of being drawn, `cluster` what it shares with others. */
export interface SampledUnit {
  readonly hit: boolean;
  readonly weight: number;
  readonly cluster: string;
}

interface Totals {
  weight: number;
  residual: number;
}

/** Linearized variance of a weighted share over clusters (Taylor series), with C / (C - 1) for C clusters. */
function varianceOf(units: readonly SampledUnit[], estimate: number, weight: number): number {
  const clusters = new Map<string, Totals>();
  for (const unit of units) {
    const known = clusters.get(unit.cluster) ?? { weight: 0, residual: 0 };
    known.weight += unit.weight;
    known.residual += unit.weight * ((unit.hit ? 1 : 0) - estimate);
    clusters.set(unit.cluster, known);
  }
  const squares = [...clusters.values()].reduce((sum, { residual }) => sum + residual ** 2, 0);
  return ((clusters.size / (clusters.size - 1)) * squares) / weight ** 2;
}

/**
 * A share with an interval that takes units of one cluster as dependent and weighs unequal chances of being drawn:
 * Wilson's interval with the effective number of units in place of the number (Kish, Survey Sampling, 1965; compared by
 * Franco et al., J Survey Stat Methodol 7, 2019). The effective number is at most the number of units; where all units
 * are alike it is the number of clusters. Independent units of equal weight: plain Wilson. NaN and [0, 1] of nothing.
 */
export function clusteredProportion(units: readonly SampledUnit[], level = 0.95): Rate {
  const n = units.length;
  if (n === 0) return { estimate: Number.NaN, interval: { low: 0, high: 1, level } };
  const clusters = new Set(units.map(({ cluster }) => cluster)).size;
  const hits = units.filter(({ hit }) => hit).length;
  const isEven = units.every(({ weight }) => weight === units[0]?.weight);
  if (isEven && clusters === n) return { estimate: hits / n, interval: wilsonInterval(hits, n, level) };
  if (hits === 0 || hits === n) {
    const estimate = hits / n;
    return { estimate, interval: wilsonInterval(estimate * clusters, clusters, level) };
  }
  const weight = units.reduce((sum, unit) => sum + unit.weight, 0);
  const estimate = units.reduce((sum, unit) => sum + (unit.hit ? unit.weight : 0), 0) / weight;
  const variance = varianceOf(units, estimate, weight);
  const effective = (estimate * (1 - estimate)) / variance;
  const size = Number.isFinite(effective) ? Math.min(n, effective) : clusters;
  return { estimate, interval: wilsonInterval(estimate * size, size, level) };
}
