const HALF_LOG_2PI = 0.9189385332046728;

/** From here on five terms of Stirling's series are exact in double precision. */
const SERIES_FROM = 16;

/**
 * The error of Stirling's formula: ln n! - (n + 1/2) ln n + n - ln √(2π), for real n > 0, to about 1e-16.
 * Series for large n (DLMF 5.11.1); below that stepped up to it, each step without cancellation of large terms.
 */
export function stirlingError(n: number): number {
  let error = 0;
  let x = n;
  while (x < SERIES_FROM) {
    error += (x + 0.5) * Math.log1p(1 / x) - 1;
    x += 1;
  }
  const s = 1 / (x * x);
  return error + (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * (1 / 1188))))) / x;
}

/** ln Γ(x) for x > 0; absolute error about 1e-15, or 1e-16 of the result where that is more. */
export const logGamma = (x: number): number => (x - 0.5) * Math.log(x) - x + HALF_LOG_2PI + stirlingError(x);

/** ln n! for n >= 0. */
export const logFactorial = (n: number): number => logGamma(n + 1);

/** ln of the binomial coefficient "n choose k", for 0 <= k <= n; -Infinity outside. */
export const logChoose = (n: number, k: number): number =>
  k < 0 || k > n ? -Infinity : logFactorial(n) - logFactorial(k) - logFactorial(n - k);
