import type { CalibrationCard, Estimated } from "../model/calibration.ts";
import { clusteredProportion } from "../statistics/clustered-proportion.ts";
import { cohenKappa } from "../statistics/cohen-kappa.ts";
import { gwet } from "../statistics/gwet.ts";
import type { Interval } from "../statistics/interval.ts";
import { tableAgreement } from "../statistics/table-agreement.ts";
import type { ComparedItem, ComparedLabels } from "./compare-labels.ts";
import { estimated, isIndependent, LEVEL, resampled, tableOf } from "./interval-of.ts";

type Agreement = Pick<CalibrationCard, "table" | "agreement" | "kappa" | "weightedKappa" | "ac1">;

/** A share of items, with clusters and chances of being drawn taken into account. */
export function shareOf(items: readonly ComparedItem[], hit: (item: ComparedItem) => boolean): Estimated {
  const units = items.map((item) => ({ hit: hit(item), weight: item.weight, cluster: item.cluster }));
  const { estimate, interval } = clusteredProportion(units, LEVEL);
  return estimated(estimate, interval, isIndependent(items) ? "wilson" : "wilson_effective_n");
}

interface Coefficient {
  readonly value: number;
  readonly byChance: number;
  readonly asymptotic: () => Interval;
  readonly of: (table: readonly (readonly number[])[]) => number;
}

/** When nothing varies (complete agreement) the interval is that of the agreement, with chance held fixed. */
function throughAgreement({ value, byChance }: Coefficient, agreement: Estimated): Estimated {
  const scaled = (share: number) => (share - byChance) / (1 - byChance);
  if (agreement === null) return null;
  const { low, high } = agreement.interval;
  return estimated(value, { low: scaled(low), high: scaled(high), level: LEVEL }, "from_agreement");
}

/** One row per item for `gwet`: how many of the two raters chose each category. */
const unitsOf = (items: readonly ComparedItem[], categories: readonly string[]): number[][] =>
  items.map(({ people, judge }) =>
    categories.map((category) => (people === category ? 1 : 0) + (judge === category ? 1 : 0)),
  );

/**
 * Agreement of the judge with people, plain and corrected for chance. Independent items: Wilson's interval, the asymptotic
 * one of kappa (Fleiss, Cohen and Everitt 1969) and Gwet's of AC1. Clustered or weighted ones: an effective number of
 * items, and a bootstrap over clusters.
 */
export function agreementOf(compared: ComparedLabels, seed: string): Agreement {
  const { items, categories } = compared;
  const decided = items.filter(({ judge }) => judge !== "");
  const table = tableOf(decided, categories);
  const none = { table, agreement: null, kappa: null, weightedKappa: null, ac1: null };
  if (decided.length === 0 || categories.length < 2) return none;
  const agreement = shareOf(decided, ({ people, judge }) => people === judge);
  const independent = isIndependent(decided);
  const withInterval = (coefficient: Coefficient): Estimated => {
    const interval = independent
      ? coefficient.asymptotic()
      : resampled(decided, categories, coefficient.of, seed);
    if (interval && interval.high > interval.low)
      return estimated(coefficient.value, interval, independent ? "asymptotic" : "cluster_bootstrap");
    return throughAgreement(coefficient, agreement);
  };
  const plain = tableAgreement(table);
  const quadratic = cohenKappa(table, { weights: "quadratic" });
  return {
    table,
    agreement,
    kappa: withInterval({
      value: plain.kappa,
      byChance: plain.kappaChance,
      asymptotic: () => cohenKappa(table).interval,
      of: (drawn) => tableAgreement(drawn).kappa,
    }),
    ac1: withInterval({
      value: plain.ac1,
      byChance: plain.ac1Chance,
      asymptotic: () => gwet(unitsOf(decided, categories)).interval,
      of: (drawn) => tableAgreement(drawn).ac1,
    }),
    weightedKappa: compared.ordered
      ? withInterval({
          value: quadratic.kappa,
          byChance: quadratic.byChance,
          asymptotic: () => quadratic.interval,
          of: (drawn) => cohenKappa(drawn, { weights: "quadratic" }).kappa,
        })
      : null,
  };
}
