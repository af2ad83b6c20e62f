import { binomialCdf, binomialPmf } from "./binomial.ts";
import { normalCdf } from "./normal.ts";

/** Paired binary outcomes: how many pairs only the candidate passed, and only the baseline. */
export interface Discordance {
  readonly better: number;
  readonly worse: number;
}

/**
 * McNemar's exact conditional test: two-sided p value of "better and worse are equally likely". 1 without discordant
 * pairs. McNemar, Psychometrika 12 (1947); the sign test of the discordant pairs.
 */
export const mcnemarExact = ({ better, worse }: Discordance): number =>
  Math.min(1, 2 * binomialCdf(Math.min(better, worse), better + worse, 0.5));

/**
 * Mid-p McNemar test: the observed outcome counts half. 1 without discordant pairs. Less conservative than the exact
 * test, without its guarantee. Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13:91 (2013).
 */
export function mcnemarMidP({ better, worse }: Discordance): number {
  if (better + worse === 0) return 1;
  if (better === worse) return 1 - binomialPmf(better, better + worse, 0.5) / 2;
  const fewer = Math.min(better, worse);
  return 2 * binomialCdf(fewer, better + worse, 0.5) - binomialPmf(fewer, better + worse, 0.5);
}

/**
 * McNemar's chi-square statistic with one degree of freedom and its p value; `continuity` is Edwards' correction
 * (Psychometrika 13, 1948). For large numbers of discordant pairs. Statistic 0, p 1 without any.
 */
export function mcnemarChiSquare(
  { better, worse }: Discordance,
  options: { readonly continuity: boolean },
): { statistic: number; pValue: number } {
  const pairs = better + worse;
  if (pairs === 0) return { statistic: 0, pValue: 1 };
  const distance = Math.max(0, Math.abs(better - worse) - (options.continuity ? 1 : 0));
  const statistic = (distance * distance) / pairs;
  return { statistic, pValue: Math.min(1, 2 * normalCdf(-Math.sqrt(statistic))) };
}
