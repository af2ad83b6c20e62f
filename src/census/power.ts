import type { SignalPower } from "../model/census.ts";
import { auc } from "../statistics/auc.ts";

/** Of one signal: how strong it is in each unit; null: not measured. */
export interface Strengths {
  readonly signal: string;
  readonly values: readonly (number | null)[];
}

/** Bad feedback is what outcomes are read from: it cannot be held against them. */
export const OUTCOME_SIGNAL = "negative_feedback";

/** Of each class; fewer say nothing. */
const LEAST = 5;

/**
 * How well each signal's strength tells failed units from others: AUC with its interval, unweighted, over units whose
 * outcome is known. Empty unless at least five failed and five did not. Intervals hold at once with 95 % (Bonferroni) over
 * the signals that differ between units, and `beside` more.
 */
export function powerOf(
  strengths: readonly Strengths[],
  outcomes: readonly (-1 | 0 | 1)[],
  beside = 0,
): SignalPower[] {
  const measured = strengths.flatMap(({ signal, values }) => {
    const of = (outcome: 0 | 1): number[] =>
      values.flatMap((value, i) => (outcomes[i] === outcome && value !== null ? [value] : []));
    const [failed, others] = [of(1), of(0)];
    if (failed.length < LEAST || others.length < LEAST) return [];
    const constant = [...failed, ...others].every((value) => value === failed[0]);
    return [{ signal, failed, others, constant }];
  });
  const family = Math.max(1, measured.filter(({ constant }) => !constant).length + beside);
  return measured.map(({ signal, failed, others, constant }) => {
    if (constant) return { signal, auc: 0.5, low: 0, high: 1, family };
    const { auc: area, interval } = auc(failed, others, 1 - 0.05 / family);
    return { signal, auc: area, low: interval.low, high: interval.high, family };
  });
}

/** Whether the interval stays clear of .5, where a signal tells nothing. */
export const predicts = ({ low, high }: SignalPower): boolean => low > 0.5 || high < 0.5;
