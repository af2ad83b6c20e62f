import { logBinomialTerm } from "./binomial-term.ts";

/**
 * The continued fraction of I_x(a, b) (DLMF 8.17.22) by the modified Lentz method (Thompson and Barnett 1986), fast
 * for x < (a + 1) / (a + b + 2): about √max(a, b) steps.
 */
function continuedFraction(x: number, y: number, a: number, b: number): number {
  const tiny = 1e-300;
  const guard = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  const first = y < 0.5 ? 1 - b + (a + b) * y : a + 1 - (a + b) * x; // equal; written with the smaller of x and y
  let d = 1 / guard(first / (a + 1));
  let result = d;
  for (let m = 1; m < 100_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    result *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    result *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return result;
}

/** x^a y^b / B(a, b), with y = 1 - x. */
const kernel = (x: number, y: number, a: number, b: number): number =>
  Math.exp(logBinomialTerm(a, b, x, y)) * ((a * b) / (a + b));

/**
 * Both tails of Beta(a, b) at x, each accurate in its own right where it is small; a, b > 0. `y` is 1 - x, asked for
 * apart since a caller often knows it better than the subtraction does.
 */
export function betaTails(x: number, y: number, a: number, b: number): { lower: number; upper: number } {
  if (x <= 0) return { lower: 0, upper: 1 };
  if (y <= 0) return { lower: 1, upper: 0 };
  if (x < (a + 1) / (a + b + 2)) {
    const lower = (kernel(x, y, a, b) * continuedFraction(x, y, a, b)) / a;
    return { lower, upper: 1 - lower };
  }
  const upper = (kernel(x, y, a, b) * continuedFraction(y, x, b, a)) / b;
  return { lower: 1 - upper, upper };
}

/** The regularized incomplete beta function I_x(a, b): P(X <= x) for X ~ Beta(a, b). 0 <= x <= 1, a, b > 0. */
export const incompleteBeta = (x: number, a: number, b: number): number => betaTails(x, 1 - x, a, b).lower;

/** The root x of I_x(a, b) = p for p <= 1/2, by Newton's method inside a shrinking bracket, in ln x. */
function lowerQuantile(p: number, a: number, b: number): number {
  let low = Number.MIN_VALUE;
  let high = 1;
  let x = a / (a + b);
  for (let step = 0; step < 200; step += 1) {
    const { lower } = betaTails(x, 1 - x, a, b);
    if (lower > p) high = x;
    else low = x;
    const slope = kernel(x, 1 - x, a, b) / (1 - x); // dI / d ln x
    const newton = lower > 0 && slope > 0 ? x * Math.exp(-(lower * Math.log(lower / p)) / slope) : 0;
    const next = newton > low && newton < high ? newton : Math.sqrt(low) * Math.sqrt(high);
    if (Math.abs(next - x) <= 1e-16 * x) return next;
    x = next;
  }
  return x;
}

/**
 * The point of Beta(a, b) with P(X <= x) = p, and y = 1 - x, which is the more accurate of the two above the median.
 * 0 <= p <= 1, a, b > 0; about 1e-14 relative.
 */
export function betaQuantile(p: number, a: number, b: number): { x: number; y: number } {
  if (p <= 0) return { x: 0, y: 1 };
  if (p >= 1) return { x: 1, y: 0 };
  if (p <= 0.5) {
    const x = lowerQuantile(p, a, b);
    return { x, y: 1 - x };
  }
  const y = lowerQuantile(1 - p, b, a);
  return { x: 1 - y, y };
}
