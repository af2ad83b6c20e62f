import { describe, expect, test } from "vitest";
import { alphaOfLook, benjaminiHochberg, holm } from "../../src/statistics/multiplicity.ts";
import {
  detectableDifference,
  equivalenceRequiredPairs,
  mcnemarDetectableDifference,
  mcnemarRequiredPairs,
  pairedProportionsEquivalencePairs,
  requiredPairs,
} from "../../src/statistics/power.ts";
import { expectClose } from "./relative.ts";

describe("power of paired comparisons", () => {
  test("Miller (arXiv 2411.00640, section 5): 969 questions for 3 points, 3,876 with one noisy run each", () => {
    expect(requiredPairs(0.03, { between: 1 / 9 })).toBe(969);
    expect(requiredPairs(0.03, { between: 1 / 9, withinBaseline: 1 / 6, withinCandidate: 1 / 6 })).toBe(
      3_876,
    );
    const repeated = {
      between: 1 / 9,
      withinBaseline: 1 / 6,
      withinCandidate: 1 / 6,
      repeatsBaseline: 10,
      repeatsCandidate: 10,
    };
    expect(requiredPairs(0.03, repeated)).toBe(1_260);
  });

  test("the detectable difference is the inverse", () => {
    expectClose(detectableDifference(969, { between: 1 / 9 }), 0.03, 1e-3);
    expect(requiredPairs(detectableDifference(500, { between: 0.2 }), { between: 0.2 })).toBe(500);
  });

  test("McNemar (Connor 1987): discordance .2, differences .1 and .05", () => {
    expect(mcnemarRequiredPairs(0.1, 0.2)).toBe(155);
    expect(mcnemarRequiredPairs(-0.1, 0.2)).toBe(155);
    expect(mcnemarRequiredPairs(0.05, 0.2)).toBe(626);
    expectClose(mcnemarDetectableDifference(155, 0.2), 0.1, 3e-3);
    expectClose(mcnemarDetectableDifference(626, 0.2), 0.05, 3e-3);
  });

  test("no fewer discordant pairs than the exact test needs, and null when none can show", () => {
    expect(mcnemarDetectableDifference(50, 0.001, { power: 0.5 })).toBe(0.12); // 6 of 50 on one side: p .03125
    expect(mcnemarDetectableDifference(6, 0.5)).toBe(1);
    expect(mcnemarDetectableDifference(5, 0.5)).toBeNull();
  });

  test("equivalence: (1.645 + 1.282)² = 8.564 variances per squared margin (Julious 2004)", () => {
    expect(equivalenceRequiredPairs(1, 1)).toBe(9);
    expect(equivalenceRequiredPairs(0.1, 1)).toBe(857);
  });

  test("paired proportions need z² (1 - m) / m pairs even without a discordant one", () => {
    expect(pairedProportionsEquivalencePairs(0.05, 0)).toBe(Math.ceil((1.6448536 ** 2 * 0.95) / 0.05));
    expect(pairedProportionsEquivalencePairs(0.05, 0.2)).toBeGreaterThan(
      equivalenceRequiredPairs(0.05, 0.2, { power: 0.75 }),
    );
  });
});

describe("several tests at once", () => {
  test("Holm: .01, .04, .03, .005", () => {
    // Wikipedia, "Holm-Bonferroni method": H1 and H4 are rejected at .05, H2 and H3 are not
    const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
    for (const [index, expected] of [0.03, 0.06, 0.06, 0.02].entries())
      expectClose(adjusted[index], expected, 1e-12);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });

  test("Benjamini and Hochberg's own example: the first 4 of 15 at q = .05, where Bonferroni rejects 3", () => {
    // Benjamini and Hochberg (1995), section 4: thrombolysis in myocardial infarction
    const p = [
      0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
      0.759, 1,
    ];
    expect(benjaminiHochberg(p).filter((adjusted) => adjusted <= 0.05)).toHaveLength(4);
    expect(holm(p).filter((adjusted) => adjusted <= 0.05)).toHaveLength(3);
    expectClose(benjaminiHochberg(p)[3], (0.0095 * 15) / 4, 1e-12);
    expect(benjaminiHochberg([...p].reverse())).toEqual(benjaminiHochberg(p).reverse());
  });

  test("looks spend alpha and no more, however many there are", () => {
    expect([1, 2, 3].map((look) => alphaOfLook(0.05, look))).toEqual([0.025, 0.05 / 6, 0.05 / 12]);
    const spent = Array.from({ length: 10_000 }, (_, index) => alphaOfLook(0.05, index + 1)).reduce(
      (a, b) => a + b,
    );
    expect(spent).toBeLessThan(0.05);
    expect(spent).toBeGreaterThan(0.04999);
  });
});
