import type { Verdict } from "../../model/verdict.ts";
import type { Interval } from "../../statistics/interval.ts";
import { wilsonInterval } from "../../statistics/proportions.ts";

/** `count` of `of`, with its 95% Wilson interval; null when there is nothing to count. */
export interface Share {
  readonly count: number;
  readonly of: number;
  readonly rate: number | null;
  readonly interval: Interval | null;
}

/** How much a judge of pairs goes by the order in which answers are shown. */
export interface OrderBias {
  /** Pairs of all that had a verdict in both orders: the same answer chosen twice, or a tie called twice. */
  readonly consistent: Share;
  /** P(first): choices (two a pair, ties left out) that fell on the answer shown first; .5 without bias. */
  readonly first: Omit<Share, "interval">;
  /**
   * Pairs of which one place was chosen twice: how often it was the first. Its interval excludes .5 when the judge favours
   * a place: consistent pairs choose each place once and say nothing about it.
   */
  readonly firstTwice: Share;
}

type Choice = "first" | "second" | "tie";

/** What was chosen by place: the orders' labels are from the side of the answer that the first order shows first. */
function choicesOf({ parts }: Verdict): readonly [Choice, Choice] | undefined {
  const [one, two] = parts.map(({ label }) => label);
  if (parts.length !== 2 || !one || !two) return undefined;
  const first = one === "win" ? "first" : one === "loss" ? "second" : "tie";
  const second = two === "win" ? "second" : two === "loss" ? "first" : "tie";
  return [first, second];
}

const share = (count: number, of: number): Share => ({
  count,
  of,
  rate: of === 0 ? null : count / of,
  interval: of === 0 ? null : wilsonInterval(count, of),
});

const isConsistent = ([one, two]: readonly [Choice, Choice]): boolean =>
  one === "tie" ? two === "tie" : two !== "tie" && one !== two;

/** Order bias over many pairs. Verdicts that were not asked for in both orders are left out. */
export function orderBias(verdicts: readonly Verdict[]): OrderBias {
  const asked = verdicts.flatMap((verdict) => {
    const choices = choicesOf(verdict);
    return choices === undefined ? [] : [choices];
  });
  const twice = (place: Choice) => asked.filter(([one, two]) => one === place && two === place).length;
  const decided = asked.flat().filter((choice) => choice !== "tie");
  const chosenFirst = decided.filter((choice) => choice === "first").length;
  const { interval: _, ...first } = share(chosenFirst, decided.length);
  return {
    consistent: share(asked.filter(isConsistent).length, asked.length),
    first,
    firstTwice: share(twice("first"), twice("first") + twice("second")),
  };
}
