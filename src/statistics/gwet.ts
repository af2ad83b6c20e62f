import { agreementWeights, type WeightKind } from "./agreement-weights.ts";
import type { Interval } from "./interval.ts";
import { dot, sum } from "./matrix.ts";
import { studentTQuantile } from "./student-t.ts";

export interface ChanceCorrected {
  /** Weighted share of agreement over pairs of raters, and what chance would give. */
  readonly agreement: number;
  readonly byChance: number;
  readonly coefficient: number;
  /** Over units: raters are taken as they are. */
  readonly standardError: number;
  /** Student's t interval with n - 1 degrees of freedom, at most 1. */
  readonly interval: Interval;
}

type Coefficient = "gwet" | "fleiss" | "brennan-prediger";

interface Chance {
  readonly byChance: number;
  /** A unit's own share of chance agreement. */
  readonly ofUnit: (shares: readonly number[]) => number;
}

function chanceOf(
  kind: Coefficient,
  w: readonly (readonly number[])[],
  prevalence: readonly number[],
): Chance {
  const q = w.length;
  if (kind === "brennan-prediger") {
    const byChance = sum(w.map(sum)) / (q * q);
    return { byChance, ofUnit: () => byChance };
  }
  if (kind === "fleiss") {
    const expected = w.map((row) => dot(row, prevalence));
    return { byChance: dot(expected, prevalence), ofUnit: (shares) => dot(shares, expected) };
  }
  const factor = sum(w.map(sum)) / (q * (q - 1));
  const rest = prevalence.map((share) => factor * (1 - share));
  return { byChance: dot(prevalence, rest), ofUnit: (shares) => dot(shares, rest) };
}

/**
 * A chance-corrected agreement coefficient of any number of raters, some of whom may have left units out, with Gwet's
 * linearized standard error over units (Handbook of Inter-Rater Reliability, 4th ed. 2014; Br J Math Stat Psychol 61,
 * 2008). `counts`: one row per unit, one column per category (see `countRatings`); units with one rating count towards
 * prevalence only, units with none not at all. NaN when no unit has two ratings.
 */
function coefficient(
  kind: Coefficient,
  counts: readonly (readonly number[])[],
  options: { readonly weights?: WeightKind; readonly level?: number },
): ChanceCorrected {
  const { weights = "identity", level = 0.95 } = options;
  const rated = counts.filter((row) => sum(row) > 0);
  const w = agreementWeights(weights, rated[0]?.length ?? 0);
  const units = rated.map((row) => {
    const raters = sum(row);
    const agreeing = dot(
      row,
      w.map((weightRow) => dot(weightRow, row) - 1),
    );
    return {
      shares: row.map((count) => count / raters),
      several: raters > 1,
      agreement: raters > 1 ? agreeing / (raters * (raters - 1)) : 0,
    };
  });
  const n = units.length;
  const several = units.filter((unit) => unit.several).length;
  const prevalence = w.map((_, k) => sum(units.map((unit) => unit.shares[k] ?? 0)) / n);
  const { byChance, ofUnit } = chanceOf(kind, w, prevalence);
  const agreement = sum(units.map((unit) => unit.agreement)) / several;
  const value = (agreement - byChance) / (1 - byChance);
  const squares = units.map((unit) => {
    const own = ((n / several) * (unit.agreement - (unit.several ? byChance : 0))) / (1 - byChance);
    const chance = (2 * (1 - value) * (ofUnit(unit.shares) - byChance)) / (1 - byChance);
    return (own - chance - value) ** 2;
  });
  const standardError = Math.sqrt(sum(squares) / (n * (n - 1)));
  const half = studentTQuantile((1 + level) / 2, n - 1) * standardError;
  return {
    agreement,
    byChance,
    coefficient: value,
    standardError,
    interval: { low: Math.max(-1, value - half), high: Math.min(1, value + half), level },
  };
}

interface AgreementOptions {
  readonly weights?: WeightKind;
  readonly level?: number;
}

/** Gwet's AC1, or AC2 with weights: stays high when raters agree on a rare category, where kappa collapses. */
export const gwet = (
  counts: readonly (readonly number[])[],
  options: AgreementOptions = {},
): ChanceCorrected => coefficient("gwet", counts, options);

/** Fleiss' kappa (Psychological Bulletin 76, 1971), generalized to missing ratings and weights by Gwet. */
export const fleissKappa = (
  counts: readonly (readonly number[])[],
  options: AgreementOptions = {},
): ChanceCorrected => coefficient("fleiss", counts, options);

/** Brennan and Prediger's (1981) coefficient, also Randolph's free-marginal kappa: chance is one in the categories. */
export const brennanPrediger = (
  counts: readonly (readonly number[])[],
  options: AgreementOptions = {},
): ChanceCorrected => coefficient("brennan-prediger", counts, options);
