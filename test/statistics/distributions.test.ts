import { describe, expect, test } from "vitest";
import { binomialCdf, binomialPmf, logBinomialPmf } from "../../src/statistics/binomial.ts";
import { betaQuantile, betaTails, incompleteBeta } from "../../src/statistics/incomplete-beta.ts";
import { logChoose, logFactorial, logGamma } from "../../src/statistics/log-gamma.ts";
import { normalCdf, normalQuantile, twoSidedZ } from "../../src/statistics/normal.ts";
import { studentTCdf, studentTQuantile } from "../../src/statistics/student-t.ts";
import { expectClose } from "./relative.ts";

// "mpmath": computed with mpmath 1.3 at 30 digits from the definition; "scipy": scipy 1.12.

describe("normal distribution", () => {
  test.each([
    [-37.5, 4.605353009581955e-308],
    [-10, 7.619853024160525e-24],
    [-5, 2.866515718791939e-7],
    [-1.5, 0.06680720126885807],
    [0, 0.5],
    [0.3, 0.6179114221889527],
    [2.5, 0.9937903346742238],
  ])("cdf at %d (mpmath)", (x, expected) => expectClose(normalCdf(x), expected, 1e-14));

  test.each([
    [0.25, -0.6744897501960817],
    [0.001, -3.090232306167814],
    [1e-20, -9.262340089798409],
  ])("quantile at %d (Wichura's own check values, AS 241)", (p, expected) =>
    expectClose(normalQuantile(p), expected, 1e-15),
  );

  test("quantile at the ends and outside", () => {
    expect([normalQuantile(0), normalQuantile(0.5), normalQuantile(1)]).toEqual([-Infinity, 0, Infinity]);
    expect(normalQuantile(1.1)).toBeNaN();
    expectClose(twoSidedZ(0.05), 1.959963984540054, 1e-15);
  });
});

describe("gamma function and binomial distribution", () => {
  test.each([
    [0.1, 2.252712651734206],
    [1.5, -0.12078223763524522],
    [12.5, 18.734347511936445],
    [100.5, 361.4355404677776],
    [1e6, 12815504.569147613],
  ])("ln gamma(%d) (mpmath)", (x, expected) => expectClose(logGamma(x), expected, 5e-15));

  test("factorials and binomial coefficients", () => {
    expectClose(Math.exp(logFactorial(10)), 3628800, 1e-13);
    expectClose(Math.exp(logChoose(52, 5)), 2598960, 1e-12); // poker hands
    expect(logChoose(4, 5)).toBe(-Infinity);
  });

  test.each([
    [59, 180, 0.5, 2.217224631877588e-6],
    [3, 10, 0.3, 0.6496107184000001],
    [999, 1000, 0.9999, 0.09516710644144379],
    [5, 1_000_000, 1e-5, 0.06708501704653115],
  ])("P(X <= %d) of Binomial(%d, %d) (mpmath)", (k, n, p, expected) =>
    expectClose(binomialCdf(k, n, p), expected, 1e-12),
  );

  test("probabilities of single counts", () => {
    expectClose(binomialPmf(59, 180, 0.5), 1.1678024679805842e-6, 2e-14); // mpmath
    expect(logBinomialPmf(3, 2, 0.5)).toBe(-Infinity);
    expect(binomialPmf(0, 0, 0.5)).toBe(1);
    const total = Array.from({ length: 41 }, (_, k) => binomialPmf(k, 40, 0.37)).reduce((a, b) => a + b, 0);
    expectClose(total, 1, 1e-14);
  });
});

describe("incomplete beta function", () => {
  test.each([
    [0.1, 0.5, 0.5, 0.20483276469913347],
    [0.4, 2, 3, 0.5248],
    [0.9, 21, 1, 0.10941898913151242],
    [0.3, 100, 200, 0.10884306564490975],
    [0.999, 1000, 1, 0.36769542477096373],
    [0.49, 5000, 5000, 0.022742032324574547],
  ])("I_%d(%d, %d) (mpmath)", (x, a, b, expected) => expectClose(incompleteBeta(x, a, b), expected, 2e-13));

  test("the small tail keeps its precision on either side", () => {
    const { lower, upper } = betaTails(0.9, 0.1, 2, 40);
    expectClose(upper, 41 * 0.9 * 0.1 ** 40 + 0.1 ** 41, 1e-12); // from the polynomial form
    expect(lower).toBe(1);
  });

  test.each([
    [0.025, 0.5, 50, 9.869868020451076e-6],
    [0.975, 21, 1, 0.9987951165516364],
    [0.025, 1e5, 2e5, 0.3316475215507047],
  ])("quantile %d of Beta(%d, %d) (scipy)", (p, a, b, expected) =>
    expectClose(betaQuantile(p, a, b).x, expected, 1e-13),
  );
});

describe("Student's t distribution", () => {
  test.each([
    [-3, 1, 0.10241638234956674],
    [-2.5, 3.5, 0.03784732190474504],
    [-12, 49, 1.6904052473986992e-16],
    [-1, 100, 0.1598620778920617],
    [-1, 1e6, 0.15865537491678905],
  ])("cdf at %d with %d degrees of freedom (mpmath)", (t, df, expected) => {
    expectClose(studentTCdf(t, df), expected, 1e-12);
    expectClose(studentTCdf(-t, df), 1 - expected, 1e-12);
  });

  test.each([
    [1, 12.706],
    [4, 2.776],
    [10, 2.228],
    [30, 2.042],
    [120, 1.98],
  ])("the .975 point with %d degrees of freedom, %d (Fisher and Yates' table)", (df, expected) => {
    expect(studentTQuantile(0.975, df)).toBeCloseTo(expected, 3);
    expectClose(studentTCdf(studentTQuantile(0.975, df), df), 0.975, 1e-14);
    expectClose(studentTQuantile(0.025, df), -studentTQuantile(0.975, df), 1e-14);
  });
});
