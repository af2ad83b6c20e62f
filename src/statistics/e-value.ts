import { logFactorial } from "./log-gamma.ts";
import type { Discordance } from "./mcnemar.ts";

/**
 * Natural logarithm of the e-value against "better and worse are equally likely" on discordant pairs: the likelihood
 * ratio with the share of "better" mixed uniformly over (0, 1), E = 2^(b+c) b! c! / (b+c+1)!. It is a non-negative
 * martingale, so under that hypothesis it ever reaches 1/alpha with a chance of at most alpha (Ville): it may be looked
 * at after each pair, and stopped at will. Robbins, Ann. Math. Statist. 41 (1970); Howard et al., Ann. Statist. 49 (2021).
 */
export const logEValue = ({ better, worse }: Discordance): number =>
  (better + worse) * Math.LN2 + logFactorial(better) + logFactorial(worse) - logFactorial(better + worse + 1);

/** The e-value itself (Infinity above about 1e308) and whether it has reached 1 / alpha. */
export function eValue(counts: Discordance, alpha = 0.05): { eValue: number; rejected: boolean } {
  const log = logEValue(counts);
  return { eValue: Math.exp(log), rejected: log >= -Math.log(alpha) };
}
