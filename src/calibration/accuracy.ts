import type { CalibrationCard, Estimated } from "../model/calibration.ts";
import { auc } from "../statistics/auc.ts";
import { clusteredProportion } from "../statistics/clustered-proportion.ts";
import { accuracyOf, type Rate } from "../statistics/youden.ts";
import { shareOf } from "./agreement.ts";
import type { ComparedItem } from "./compare-labels.ts";
import { estimated, isIndependent, LEVEL, resampled } from "./interval-of.ts";

type Accuracy = Pick<
  CalibrationCard,
  "prevalence" | "judgedPass" | "truePositiveRate" | "trueNegativeRate" | "youdenJ" | "auc" | "informative"
>;

/** Where the interval of J reaches down to this, a judge's verdicts say too little to correct any rate by them. */
const LEAST_J = 0.1;

const PASS_FAIL = ["pass", "fail"];

const rateOf = (items: readonly ComparedItem[], pass: boolean): Rate =>
  clusteredProportion(
    items
      .filter(({ peoplePass }) => peoplePass === pass)
      .map(({ judgePass, weight, cluster }) => ({ hit: judgePass === pass, weight, cluster })),
    LEVEL,
  );

/** TPR + TNR - 1 of a table of people's (rows) and the judge's passes and failures. */
function jOf(table: readonly (readonly number[])[]): number {
  const [pass = [], fail = []] = table;
  const [both = 0, missed = 0] = pass;
  const [wrong = 0, caught = 0] = fail;
  return both / (both + missed) + caught / (wrong + caught) - 1;
}

function youdenOf(items: readonly ComparedItem[], seed: string): Estimated {
  const { youdenJ } = accuracyOf(rateOf(items, true), rateOf(items, false));
  if (isIndependent(items)) return estimated(youdenJ.estimate, youdenJ.interval, "newcombe");
  const asPasses = items.map((item) => ({
    ...item,
    people: item.peoplePass ? "pass" : "fail",
    judge: item.judgePass ? "pass" : "fail",
  }));
  const interval = resampled(asPasses, PASS_FAIL, jOf, seed);
  return interval
    ? estimated(youdenJ.estimate, interval, "cluster_bootstrap")
    : estimated(youdenJ.estimate, youdenJ.interval, "newcombe_effective_n");
}

/** Of the judge's values: only where there are more than two, else it says no more than the two rates. */
function curveOf(items: readonly ComparedItem[]): Estimated {
  const scored = items.flatMap(({ score, peoplePass }) =>
    score === null || peoplePass === null ? [] : [{ score, peoplePass }],
  );
  if (new Set(scored.map(({ score }) => score)).size < 3) return null;
  const of = (pass: boolean) =>
    scored.filter(({ peoplePass }) => peoplePass === pass).map(({ score }) => score);
  const [positives, negatives] = [of(true), of(false)];
  if (positives.length < 2 || negatives.length < 2) return null;
  const area = auc(positives, negatives, LEVEL);
  return estimated(area.auc, area.interval, "delong_logit");
}

/** How often the judge passes what people pass, and fails what they fail. `goal`: less of a measure may be better. */
export function accuracyOfJudge(
  items: readonly ComparedItem[],
  seed: string,
  goal: "higher" | "lower",
): Accuracy {
  const turned = goal === "higher" ? items : items.map((item) => ({ ...item, score: -(item.score ?? 0) }));
  const decided = items.filter(({ peoplePass, judgePass }) => peoplePass !== null && judgePass !== null);
  const rate = (pass: boolean): Estimated => {
    const { estimate, interval } = rateOf(decided, pass);
    return estimated(estimate, interval, isIndependent(decided) ? "wilson" : "wilson_effective_n");
  };
  const youdenJ = youdenOf(decided, seed);
  const informative = youdenJ === null ? "unknown" : youdenJ.interval.low > LEAST_J ? "yes" : "no";
  return {
    prevalence: shareOf(decided, ({ peoplePass }) => peoplePass === true),
    judgedPass: shareOf(decided, ({ judgePass }) => judgePass === true),
    truePositiveRate: rate(true),
    trueNegativeRate: rate(false),
    youdenJ,
    auc: curveOf(turned),
    informative,
  };
}
