import type { Verdict } from "../../model/verdict.ts";

/** How much a judge of pairs goes by the order in which answers are shown. */
export interface OrderBias {
  /** Pairs with a verdict in both orders. */
  readonly pairs: number;
  /** Of them: both orders chose the same answer, or called a tie twice. */
  readonly consistent: number;
  /** Of them: the first was chosen in both orders, whichever it was. */
  readonly alwaysFirst: number;
  readonly alwaysSecond: number;
  /** Share of the choices (two a pair, ties left out) that fell on the answer shown first; .5 without bias. */
  readonly firstShare: number | null;
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

/** Order bias over many pairs. Verdicts that were not asked for in both orders are left out. */
export function orderBias(verdicts: readonly Verdict[]): OrderBias {
  const asked = verdicts.flatMap((verdict) => {
    const choices = choicesOf(verdict);
    return choices === undefined ? [] : [choices];
  });
  const count = (isOne: (choices: readonly [Choice, Choice]) => boolean) => asked.filter(isOne).length;
  const all = asked.flat();
  const decided = all.filter((choice) => choice !== "tie");
  const chosenFirst = decided.filter((choice) => choice === "first").length;
  return {
    pairs: asked.length,
    // The same answer was chosen when its place changed with the order.
    consistent: count(([one, two]) => (one === "tie" ? two === "tie" : two !== "tie" && one !== two)),
    alwaysFirst: count(([one, two]) => one === "first" && two === "first"),
    alwaysSecond: count(([one, two]) => one === "second" && two === "second"),
    firstShare: decided.length === 0 ? null : chosenFirst / decided.length,
  };
}
