import { invalidInput } from "../errors.ts";
import { alphaOfLook } from "./multiplicity.ts";

/**
 * How alpha shrinks when this is not the only comparison.
 * - `attempts`: this is attempt number `attempt` (from 1) at the same dataset and baseline.
 * - `looks`: this is look number `look` (from 1) at sealed data.
 *
 * Number k of either spends alpha / (k (k + 1)): the chance that any of ever so many calls a difference where there is
 * none stays below alpha.
 */
export type Correction =
  | { readonly kind: "none" }
  | { readonly kind: "attempts"; readonly attempt: number }
  | { readonly kind: "looks"; readonly look: number };

export interface DecideOptions {
  /** Fixes the Monte Carlo draws: the same rows and seed give the same result. */
  readonly seed: string;
  /** Two-sided level before correction, above 0 and below 0.5; 0.05 by default. */
  readonly alpha?: number;
  /** Differences smaller than this, in units of the score, do not matter; null (the default) claims no equivalence. */
  readonly margin?: number | null;
  readonly correction?: Correction;
  /** The least and greatest score there can be; null (the default) when unlimited. */
  readonly bounds?: readonly [number, number] | null;
  /** The chance to see a difference that `settles` plans for; 0.8 by default. */
  readonly power?: number;
}

export interface Settings {
  readonly seed: string;
  readonly alpha: number;
  readonly alphaUsed: number;
  readonly margin: number | null;
  readonly bounds: readonly [number, number] | null;
  readonly power: number;
}

function correctedAlpha(alpha: number, correction: Correction): number {
  if (correction.kind === "none") return alpha;
  const count = correction.kind === "attempts" ? correction.attempt : correction.look;
  if (!Number.isInteger(count) || count < 1)
    throw invalidInput("attempt and look are counted 1, 2, 3 ...", "The first attempt or look is 1.");
  return alphaOfLook(alpha, count);
}

/** Options with their defaults. Throws `invalid_input` for values out of range. */
export function settingsOf(options: DecideOptions): Settings {
  const { seed, alpha = 0.05, margin = null, bounds = null, power = 0.8 } = options;
  if (!(alpha > 0 && alpha < 0.5))
    throw invalidInput("alpha must be above 0 and below 0.5", "0.05 is usual.");
  if (!(power > 0 && power < 1)) throw invalidInput("power must be above 0 and below 1", "0.8 is usual.");
  if (margin !== null && !(margin > 0 && Number.isFinite(margin)))
    throw invalidInput("margin must be above 0", "Leave it out to claim no equivalence.");
  if (bounds !== null && !(bounds[0] < bounds[1]))
    throw invalidInput("bounds must be the least and the greatest score", "Use [0, 1] for shares.");
  const alphaUsed = correctedAlpha(alpha, options.correction ?? { kind: "none" });
  return { seed, alpha, alphaUsed, margin, bounds, power };
}
