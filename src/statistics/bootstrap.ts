import { invalidInput } from "../errors.ts";
import type { Interval } from "./interval.ts";
import { normalCdf, normalQuantile } from "./normal.ts";
import type { RandomStream } from "./random.ts";

export interface BootstrapOptions {
  readonly random: RandomStream;
  /** 0.95 by default. */
  readonly level?: number;
  /** At least 2,000 (the default): with 100 the limits themselves are noise. */
  readonly draws?: number;
  /** Bias-corrected and accelerated (the default), or plain percentiles. */
  readonly method?: "bca" | "percentile";
}

export interface Bootstrap {
  readonly estimate: number;
  readonly interval: Interval;
  /** `percentile` too when the correction cannot be computed, as when all draws are equal. */
  readonly method: "bca" | "percentile";
  readonly draws: number;
  /** Draws whose statistic was not a number, such as a rate of a class that was not drawn; the interval is of the others. */
  readonly undefinedDraws: number;
}

const LEAST_DRAWS = 2_000;

/** The p-th order statistic in the sense of (B + 1) p, between the first and the last. */
function orderStatistic(ascending: Float64Array, p: number): number {
  const rank = Math.floor((ascending.length + 1) * p);
  return ascending[Math.min(ascending.length, Math.max(1, rank)) - 1] ?? Number.NaN;
}

/** Skewness of the statistic's jackknife values over 6; NaN when they do not vary. */
function acceleration<T>(units: readonly T[], statistic: (units: readonly T[]) => number): number {
  const values = units.map((_, left) => statistic(units.filter((__, index) => index !== left)));
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
  let squares = 0;
  let cubes = 0;
  for (const value of values) {
    squares += (centre - value) ** 2;
    cubes += (centre - value) ** 3;
  }
  return cubes / (6 * squares ** 1.5);
}

/** How far the draws' median is from the estimate, in normal quantiles; draws equal to it count half. */
function biasCorrection(draws: Float64Array, estimate: number): number {
  let below = 0;
  for (const draw of draws) below += draw < estimate ? 1 : draw === estimate ? 0.5 : 0;
  return normalQuantile(below / draws.length);
}

/**
 * Bootstrap interval of any statistic of independent units, which are drawn with replacement. Units are what is
 * independent: clusters (sessions, tasks), not the examples in them. Percentile and BCa intervals: Efron and
 * Tibshirani, An Introduction to the Bootstrap (1993), chapters 13 and 14. BCa calls `statistic` once more for each
 * unit. At least two units and 2,000 draws; throws `invalid_input` otherwise.
 */
export function bootstrap<T>(
  units: readonly T[],
  statistic: (units: readonly T[]) => number,
  { random, level = 0.95, draws = LEAST_DRAWS, method = "bca" }: BootstrapOptions,
): Bootstrap {
  if (units.length < 2 || draws < LEAST_DRAWS)
    throw invalidInput(`a bootstrap needs two units and ${LEAST_DRAWS} draws`, "Use more units or draws.");
  const estimate = statistic(units);
  const all = Float64Array.from({ length: draws }, () =>
    statistic(units.map((unit) => units[random.below(units.length)] ?? unit)),
  );
  const defined = all.filter((value) => !Number.isNaN(value)).sort();
  const tail = (1 - level) / 2;
  const bias = biasCorrection(defined, estimate);
  const skew = method === "bca" ? acceleration(units, statistic) : Number.NaN;
  const corrected = Number.isFinite(bias) && Number.isFinite(skew);
  const quantile = (p: number): number => {
    if (!corrected) return orderStatistic(defined, p);
    const z = bias + normalQuantile(p);
    return orderStatistic(defined, normalCdf(bias + z / (1 - skew * z)));
  };
  return {
    estimate,
    interval: { low: quantile(tail), high: quantile(1 - tail), level },
    method: corrected ? "bca" : "percentile",
    draws,
    undefinedDraws: draws - defined.length,
  };
}
