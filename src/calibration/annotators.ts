import type { CalibrationCard, Estimated } from "../model/calibration.ts";
import { bootstrap } from "../statistics/bootstrap.ts";
import { fleissKappa } from "../statistics/gwet.ts";
import type { Interval } from "../statistics/interval.ts";
import { krippendorffAlpha } from "../statistics/krippendorff.ts";
import { wilsonInterval } from "../statistics/proportions.ts";
import { randomStream } from "../statistics/random.ts";
import { type ComparedItem, categoryOf, type Scale } from "./compare-labels.ts";
import { estimated, LEVEL } from "./interval-of.ts";
import type { LabelledItem } from "./labelled-item.ts";

interface Unit {
  readonly cluster: string;
  /** How many people chose each category. */
  readonly counts: readonly number[];
  /** The judge's category; null: it did not decide. */
  readonly judge: number | null;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Mean over items of the share of pairs of people who agree. */
const pairAgreement = (units: readonly Unit[]): number =>
  sum(
    units.map(({ counts }) => {
      const n = sum(counts);
      return sum(counts.map((count) => count * (count - 1))) / (n * (n - 1));
    }),
  ) / units.length;

/** Mean over items of the share of people with whom the judge agrees; NaN when it decided none. */
const judgeAgreement = (units: readonly Unit[]): number => {
  const decided = units.filter(({ judge }) => judge !== null);
  return sum(decided.map(({ counts, judge }) => (counts[judge ?? -1] ?? 0) / sum(counts))) / decided.length;
};

function resampledUnits(
  units: readonly Unit[],
  statistic: (units: readonly Unit[]) => number,
  seed: string,
): Estimated {
  const clusters = [...Map.groupBy(units, ({ cluster }) => cluster).values()];
  if (clusters.length < 2) return null;
  const random = randomStream(seed, "annotators");
  const { interval } = bootstrap(clusters, (drawn) => statistic(drawn.flat()), { random, level: LEVEL });
  const estimate = statistic(units);
  if (interval.high > interval.low) return estimated(estimate, interval, "cluster_bootstrap");
  // Complete agreement does not vary; it is not certain for that.
  if (estimate !== 0 && estimate !== 1) return null;
  const { length } = clusters;
  return estimated(estimate, wilsonInterval(estimate * length, length, LEVEL), "wilson_effective_n");
}

const fleissInterval = (units: readonly Unit[]): { value: number; interval: Interval } => {
  const { coefficient, interval } = fleissKappa(units.map(({ counts }) => counts));
  return { value: coefficient, interval };
};

/**
 * How far people agree among themselves on the items that several labelled, and how often the judge agrees with one of
 * them: agreement with a single person cannot be expected above that between two people. Null: no item has two labels.
 */
export function annotatorsOf(
  labelled: readonly LabelledItem[],
  compared: readonly ComparedItem[],
  scale: Scale,
  categories: readonly string[],
  seed: string,
): CalibrationCard["annotators"] {
  const judged = new Map(compared.map((item) => [item.id, item.judge]));
  const units = labelled.flatMap((item): Unit[] => {
    const said = item.labels.flatMap((label) => categoryOf(label, scale) ?? []);
    if (said.length < 2) return [];
    const counts = categories.map((category) => said.filter((one) => one === category).length);
    const at = categories.indexOf(judged.get(item.id) ?? "");
    return sum(counts) < 2 ? [] : [{ cluster: item.cluster, counts, judge: at < 0 ? null : at }];
  });
  if (units.length === 0) return null;
  const people = new Set(labelled.flatMap(({ labels }) => labels.map(({ annotator }) => annotator)));
  const alpha = (drawn: readonly Unit[]) =>
    krippendorffAlpha(
      drawn.map(({ counts }) => counts),
      "nominal",
    );
  const fleiss = fleissInterval(units);
  return {
    annotators: people.size,
    items: units.length,
    krippendorffAlpha: resampledUnits(units, alpha, seed),
    fleissKappa: estimated(fleiss.value, fleiss.interval, "t_over_items"),
    ceiling: resampledUnits(units, pairAgreement, seed),
    judgeWithOne: resampledUnits(units, judgeAgreement, seed),
  };
}
