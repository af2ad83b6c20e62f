import { stirlingError } from "./log-gamma.ts";

const LOG_2PI = 1.8378770664093456;

/** x ln(x/m) + m - x, without cancellation when x is near m; `d` is x - m. */
function deviance(x: number, m: number, d: number): number {
  if (Math.abs(d) >= 0.1 * (x + m)) return x * Math.log(x / m) - d;
  const v = d / (x + m);
  let sum = d * v;
  let term = 2 * x * v;
  for (let j = 1; j < 1000; j += 1) {
    term *= v * v;
    const next = sum + term / (2 * j + 1);
    if (next === sum) return sum;
    sum = next;
  }
  return sum;
}

/**
 * ln of Γ(j+k+1) / (Γ(j+1) Γ(k+1)) p^j q^k, for real j, k >= 0 and p + q = 1: the binomial probability of j successes
 * and k failures, also between whole numbers. Saddle-point expansion (Loader, "Fast and accurate computation of
 * binomial probabilities", 2000), which has no cancellation of large terms, however many trials there are.
 */
export function logBinomialTerm(j: number, k: number, p: number, q: number): number {
  const n = j + k;
  if (p === 0) return j === 0 ? 0 : -Infinity;
  if (q === 0) return k === 0 ? 0 : -Infinity;
  if (j === 0) return p < q ? n * Math.log1p(-p) : n * Math.log(q);
  if (k === 0) return q < p ? n * Math.log1p(-q) : n * Math.log(p);
  const d = p < q ? j - n * p : n * q - k; // the smaller probability is the one without rounding error
  const exponent =
    stirlingError(n) - stirlingError(j) - stirlingError(k) - deviance(j, n * p, d) - deviance(k, n * q, -d);
  return exponent - 0.5 * (LOG_2PI + Math.log(j) + Math.log(k / n));
}
