import type { Interval } from "./interval.ts";
import type { Discordance } from "./mcnemar.ts";
import { normalCdf, twoSidedZ } from "./normal.ts";
import type { ShiftTest } from "./shift-test.ts";

/** Larger root of a x² + b x + c for a > 0, c <= 0, without cancellation. */
function largerRoot(a: number, b: number, c: number): number {
  const root = Math.sqrt(Math.max(0, b * b - 4 * a * c));
  if (b <= 0) return (root - b) / (2 * a);
  return root + b === 0 ? 0 : (-2 * c) / (b + root);
}

/**
 * Share of pairs that differ when their difference is held at `shift` >= 0, by maximum likelihood (Tango 1998), for
 * `better` and `worse` discordant of `pairs`. Counts may be fractions.
 */
export function restrictedDiscordance(
  { better, worse, pairs }: Discordance & { readonly pairs: number },
  shift: number,
): number {
  const onlyWorse = largerRoot(
    2 * pairs,
    (2 * pairs - better + worse) * shift - better - worse,
    -worse * shift * (1 - shift),
  );
  return 2 * onlyWorse + shift;
}

/** Tango's statistic for a difference `shift` >= 0. */
function statistic(
  counts: Discordance & { readonly pairs: number },
  shift: number,
  continuity: number,
): number {
  const { better, worse, pairs } = counts;
  const distance = better - worse - pairs * shift;
  const corrected = Math.sign(distance) * Math.max(0, Math.abs(distance) - continuity);
  if (corrected === 0) return 0;
  const variance = pairs * (restrictedDiscordance(counts, shift) - shift * shift);
  return variance > 0 ? corrected / Math.sqrt(variance) : corrected * Infinity;
}

/** The argument between `from` (where `accepted`) and `to` (where not) at which acceptance ends, on its accepted side. */
function lastAccepted(from: number, to: number, accepted: (shift: number) => boolean): number {
  if (accepted(to)) return to;
  let inside = from;
  let outside = to;
  for (let step = 0; step < 60; step += 1) {
    const middle = (inside + outside) / 2;
    if (middle === inside || middle === outside) break;
    if (accepted(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}

/**
 * Tango's score test and interval for the difference of paired proportions (Statistics in Medicine 17, 1998), in
 * shares of `pairs` (-1 to 1). It stays informative without any discordant pair: ±z²/(n + z²) uncorrected.
 *
 * `continuity` is taken off |better - worse - pairs·shift|: 0 is Tango's method, 1/2 (half of the step that the
 * difference can take) keeps the coverage at or above nominal nearly everywhere. Counts may be fractions (effective
 * sample sizes). pairs > 0, better + worse <= pairs.
 */
export function pairedScoreTest(
  counts: Discordance & { readonly pairs: number },
  continuity: number,
): ShiftTest {
  const { better, worse, pairs } = counts;
  const estimate = (better - worse) / pairs;
  const z = (shift: number) =>
    shift >= 0
      ? statistic(counts, shift, continuity)
      : -statistic({ better: worse, worse: better, pairs }, -shift, continuity);
  const pValue = (shift: number): number =>
    Math.abs(shift) > 1 ? 0 : Math.min(1, 2 * normalCdf(-Math.abs(z(shift))));
  const interval = (alpha: number): Interval => {
    const limit = twoSidedZ(alpha);
    const accepted = (shift: number) => Math.abs(z(shift)) < limit;
    return {
      low: lastAccepted(estimate, -1, accepted),
      high: lastAccepted(estimate, 1, accepted),
      level: 1 - alpha,
    };
  };
  return { estimate, pValue, interval };
}
