import { betaQuantile, betaTails } from "./incomplete-beta.ts";

/** P(T <= t) of Student's t distribution with `df` > 0 degrees of freedom (DLMF 8.17; accurate in the tails). */
export function studentTCdf(t: number, df: number): number {
  const square = t * t;
  if (square === Infinity) return t > 0 ? 1 : 0;
  const tail = betaTails(df / (df + square), square / (df + square), df / 2, 0.5).lower / 2;
  return t > 0 ? 1 - tail : tail;
}

/** The t with P(T <= t) = p for `df` > 0 degrees of freedom; -Infinity at 0, Infinity at 1, NaN outside [0, 1]. */
export function studentTQuantile(p: number, df: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p > 0.5) return -studentTQuantile(1 - p, df);
  const { x, y } = betaQuantile(2 * p, df / 2, 0.5);
  return -Math.sqrt((df * y) / x);
}
