/** Ratio of two polynomials of the same length, coefficients from the highest power down. */
function rational(top: readonly number[], bottom: readonly number[], x: number): number {
  let numerator = 0;
  let denominator = 0;
  for (const coefficient of top) numerator = numerator * x + coefficient;
  for (const coefficient of bottom) denominator = denominator * x + coefficient;
  return numerator / denominator;
}

const SQRT_2PI = 2.5066282746310007;

const CENTRE_TOP = [
  0.06568233791820745, 2.2352520354606837, 161.02823106855587, 1067.6894854603709, 18154.98125334356,
];
const CENTRE_BOTTOM = [1, 47.202581904688245, 976.0985517377767, 10260.932208618979, 45507.78933502673];

const MIDDLE_TOP = [
  1.0765576773720192e-8, 0.39894151208813466, 8.883149794388377, 93.50665613217785, 597.2702763948002,
  2494.5375852903726, 6848.190450536283, 11602.65143764735, 9842.714838383978,
];
const MIDDLE_BOTTOM = [
  1, 22.266688044328117, 235.387901782625, 1519.3775994075547, 6485.558298266761, 18615.571640885097,
  34900.95272114598, 38912.00328609327, 19685.429676859992,
];

const TAIL_TOP = [
  0.023073441764940174, 0.215898534057957, 0.12740116116024736, 0.022235277870649807, 0.0014216191932278934,
  2.9112874951168793e-5,
];
const TAIL_BOTTOM = [
  1, 1.284260096144911, 0.4682382124808651, 0.06598813786892856, 0.0037823963320275824, 7.297515550839662e-5,
];

/** exp(-x²/2) without the rounding error of x² in the exponent (Cody). */
function gaussian(x: number): number {
  const coarse = Math.trunc(x * 16) / 16;
  return Math.exp(-0.5 * coarse * coarse) * Math.exp(-0.5 * (x - coarse) * (x + coarse));
}

/** P(Z > x) for x > 0.67448975. */
function upperTail(x: number): number {
  if (x < Math.sqrt(32)) return gaussian(x) * rational(MIDDLE_TOP, MIDDLE_BOTTOM, x);
  const inverse = 1 / (x * x);
  return (gaussian(x) / x) * (1 / SQRT_2PI - inverse * rational(TAIL_TOP, TAIL_BOTTOM, inverse));
}

/**
 * P(Z <= x) of the standard normal distribution, about 1e-15 relative, in the tails too.
 * Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969).
 */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (Math.abs(x) <= 0.67448975) return 0.5 + x * rational(CENTRE_TOP, CENTRE_BOTTOM, x * x);
  const tail = upperTail(Math.abs(x));
  return x > 0 ? 1 - tail : tail;
}

const QUANTILE_CENTRE_TOP = [
  2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946,
  1971.5909503065513, 133.14166789178438, 3.3871328727963665,
];
const QUANTILE_CENTRE_BOTTOM = [
  5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751,
  687.1870074920579, 42.31333070160091, 1,
];
const QUANTILE_MIDDLE_TOP = [
  0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
  5.769497221460691, 4.630337846156546, 1.4234371107496835,
];
const QUANTILE_MIDDLE_BOTTOM = [
  1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
  1.6763848301838038, 2.053191626637759, 1,
];
const QUANTILE_TAIL_TOP = [
  2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124,
  0.29656057182850487, 1.7848265399172913, 5.463784911164114, 6.657904643501103,
];
const QUANTILE_TAIL_BOTTOM = [
  2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133,
  0.014875361290850615, 0.1369298809227358, 0.599832206555888, 1,
];

/**
 * The x with P(Z <= x) = p, about 1e-15 relative; -Infinity at 0, Infinity at 1, NaN outside [0, 1].
 * Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988).
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425)
    return q * rational(QUANTILE_CENTRE_TOP, QUANTILE_CENTRE_BOTTOM, 0.180625 - q * q);
  const tail = q < 0 ? p : 1 - p;
  if (tail === 0) return q < 0 ? -Infinity : Infinity;
  const r = Math.sqrt(-Math.log(tail));
  const x =
    r <= 5
      ? rational(QUANTILE_MIDDLE_TOP, QUANTILE_MIDDLE_BOTTOM, r - 1.6)
      : rational(QUANTILE_TAIL_TOP, QUANTILE_TAIL_BOTTOM, r - 5);
  return q < 0 ? -x : x;
}

/** The z with P(|Z| > z) = alpha: 1.96 for 0.05. */
export const twoSidedZ = (alpha: number): number => -normalQuantile(alpha / 2);
