import { logBinomialTerm } from "./binomial-term.ts";
import { betaTails } from "./incomplete-beta.ts";

/** ln P(X = k) for X ~ Binomial(n, p); -Infinity where it cannot happen. About 1e-14 relative in P at any n. */
export function logBinomialPmf(k: number, n: number, p: number): number {
  if (k < 0 || k > n || !Number.isInteger(k)) return -Infinity;
  return logBinomialTerm(k, n - k, p, 1 - p);
}

/** P(X = k) for X ~ Binomial(n, p). */
export const binomialPmf = (k: number, n: number, p: number): number => Math.exp(logBinomialPmf(k, n, p));

/** P(X <= k) for X ~ Binomial(n, p), through the incomplete beta function (DLMF 8.17.5), so at any n. */
export function binomialCdf(k: number, n: number, p: number): number {
  const successes = Math.floor(k);
  if (successes < 0) return 0;
  if (successes >= n) return 1;
  return betaTails(p, 1 - p, successes + 1, n - successes).upper;
}
