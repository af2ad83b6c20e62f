import type { Estimated } from "../model/calibration.ts";
import { clusteredProportion, type SampledUnit } from "../statistics/clustered-proportion.ts";
import { correctedRate } from "../statistics/corrected-rate.ts";
import { clip } from "../statistics/interval.ts";
import { type PpiMean, ppiMean } from "../statistics/ppi.ts";
import { type ChancedScore, weightedPpiMean } from "../statistics/weighted-ppi.ts";
import { estimated, LEVEL } from "./interval-of.ts";

/** One item of the traffic, with what is known of it. */
export interface Known {
  readonly cluster: string;
  readonly people: boolean | null;
  readonly judge: boolean | null;
  /** One over the chance of being labelled, relative to the others. */
  readonly weight: number;
  /** Drawn evenly from the traffic, labelled or not. */
  readonly inFrame: boolean;
}

const asNumber = (pass: boolean | null): number => (pass === true ? 1 : 0);

export const shareOf = (known: readonly Known[], of: (item: Known) => boolean | null): Estimated => {
  const units = known.flatMap((item): SampledUnit[] => {
    const hit = of(item);
    return hit === null ? [] : [{ hit, weight: item.weight, cluster: item.cluster }];
  });
  const { estimate, interval } = clusteredProportion(units, LEVEL);
  return estimated(estimate, interval, "wilson");
};

export interface Corrected {
  readonly both: readonly Known[];
  /** What the judge's own rate is taken of: where labels are even those without one, else all that were drawn. */
  readonly judged: readonly Known[];
  readonly isEven: boolean;
}

type Ppi = { readonly value: Estimated; readonly lambda: number };

type Mean = Pick<PpiMean, "estimate" | "interval" | "lambda">;

const withinRates = ({ estimate, interval, lambda }: Mean, method: string): Ppi => ({
  value: estimated(Math.min(1, Math.max(0, estimate)), clip(interval, 0, 1), method),
  lambda,
});

/** Labelled with unequal chances: those that the frame lacks count for people alone. */
function weightedPpiOf({ both, judged }: Corrected): Ppi {
  const labelled = new Set(both);
  const scoreOf = (item: Known): ChancedScore => ({
    labelled: labelled.has(item) ? { human: asNumber(item.people), weight: item.weight } : null,
    judge: asNumber(item.judge),
    inFrame: item.inFrame,
    cluster: item.cluster,
  });
  return withinRates(weightedPpiMean([...new Set([...judged, ...both])].map(scoreOf), LEVEL), "student_t");
}

export function ppiOf(corrected: Corrected): Ppi | null {
  const { both, judged, isEven } = corrected;
  if (both.length < 2 || judged.length < 2) return null;
  if (!isEven) return weightedPpiOf(corrected);
  const all = [...both, ...judged];
  const isClustered = new Set(all.map(({ cluster }) => cluster)).size < all.length;
  const mean = ppiMean(
    {
      human: both.map(({ people }) => asNumber(people)),
      judge: both.map(({ judge }) => asNumber(judge)),
      judgeOnly: judged.map(({ judge }) => asNumber(judge)),
      clusters: isClustered
        ? {
            human: both.map(({ cluster }) => cluster),
            judgeOnly: judged.map(({ cluster }) => cluster),
          }
        : undefined,
    },
    { level: LEVEL },
  );
  return withinRates(mean, "normal");
}

/** Kish's effective number of unequally weighted items: their number where all weigh the same. */
function effectiveNumber(items: readonly Known[]): number {
  const [sum, squares] = items.reduce(
    ([total, square], { weight }) => [total + weight, square + weight ** 2],
    [0, 0],
  );
  return squares === 0 ? 0 : sum ** 2 / squares;
}

/** Rogan and Gladen's, of independent items; weighted ones as their effective number. */
export function inverted({ both, judged }: Corrected): Estimated {
  const of = (people: boolean) => both.filter((item) => item.people === people);
  const weightOf = (items: readonly Known[]) => items.reduce((sum, { weight }) => sum + weight, 0);
  const hits = (items: readonly Known[], pass: boolean) => {
    const hit = items.filter(({ judge }) => judge === pass);
    return items.length === 0 ? 0 : (weightOf(hit) / weightOf(items)) * effectiveNumber(items);
  };
  const [positives, negatives] = [of(true), of(false)];
  const { estimate, interval } = correctedRate(
    {
      judgedPositive: judged.filter(({ judge }) => judge === true).length,
      judged: judged.length,
      truePositives: hits(positives, true),
      positives: effectiveNumber(positives),
      trueNegatives: hits(negatives, false),
      negatives: effectiveNumber(negatives),
    },
    LEVEL,
  );
  return estimated(estimate, interval, "lang_reiczigel");
}
