import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cohenKappa } from "../../src/statistics/cohen-kappa.ts";
import { brennanPrediger, fleissKappa, gwet } from "../../src/statistics/gwet.ts";
import { krippendorffAlpha } from "../../src/statistics/krippendorff.ts";
import { countRatings, crossTable } from "../../src/statistics/ratings.ts";
import { expectClose } from "./relative.ts";

/** Units by column, raters by line; "-" is missing. */
const unitsOf = (...raters: readonly string[]): (string | null)[][] => {
  const rows = raters.map((rater) => [...rater].map((label) => (label === "-" ? null : label)));
  return (rows[0] ?? []).map((_, unit) => rows.map((row) => row[unit] ?? null));
};

/** Gwet (2014): 4 raters, 12 units, as in irrCAC's raw_4raters. */
const GWET = countRatings(unitsOf("123321412---", "1233224125--", "-33323422513", "12332441251-"), [
  ..."12345",
]);

/** Wikipedia, "Krippendorff's alpha": 3 observers, 15 units. */
const WIKIPEDIA = countRatings(unitsOf("-----34121133-3", "1-213343-------", "--21344-21133-4"), [..."1234"]);

describe("Cohen's kappa", () => {
  const SAS = [
    [0, 4, 1],
    [0, 8, 0],
    [0, 1, 5],
  ];

  test("SAS example: plain and linear weights, with asymptotic standard errors", () => {
    const plain = cohenKappa(SAS);
    expect(plain.kappa).toBeCloseTo(0.4842, 4);
    expect(plain.standardError).toBeCloseTo(0.138, 4);
    expect(plain.interval.low).toBeCloseTo(0.2137, 4);
    expect(plain.interval.high).toBeCloseTo(0.7547, 4);
    const linear = cohenKappa(SAS, { weights: "linear" });
    expect(linear.kappa).toBeCloseTo(0.4701, 4);
    expect(linear.standardError).toBeCloseTo(0.1457, 4);
  });

  test("DevAI, agent-as-a-judge against people: 142, 21, 28 and 175", () => {
    const result = cohenKappa([
      [142, 21],
      [28, 175],
    ]);
    expect(result.agreement).toBeCloseTo(0.8661, 4);
    expect(result.kappa).toBeCloseTo(0.7301, 4);
  });

  test("one category only: kappa is undefined, not perfect", () => {
    expect(
      cohenKappa([
        [9, 0],
        [0, 0],
      ]).kappa,
    ).toBeNaN();
  });

  test("a cross-table leaves out what a rater left out, and refuses unknown labels", () => {
    const labels = [
      ["a", "a"],
      ["a", "b"],
      [null, "a"],
      ["b", null],
    ] as const;
    expect(crossTable(labels, ["a", "b"])).toEqual([
      [1, 1],
      [0, 0],
    ]);
    expect(() => crossTable([["c", "a"]], ["a", "b"])).toThrow(/not one of the categories/);
    expect(() => countRatings([["c"]], ["a", "b"])).toThrow(/not one of the categories/);
  });
});

describe("several raters", () => {
  test("Gwet's AC1 with missing ratings (irrCAC)", () => {
    const ac1 = gwet(GWET);
    expect(ac1.coefficient).toBeCloseTo(0.77544, 5);
    expect(ac1.agreement).toBeCloseTo(0.81818, 5);
    expect(ac1.byChance).toBeCloseTo(0.19032, 5);
    expect(ac1.standardError).toBeCloseTo(0.14295, 5);
    expect(ac1.interval.low).toBeCloseTo(0.46081, 5);
    expect(ac1.interval.high).toBe(1);
  });

  test.each([
    ["linear", 0.85874, 0.11733, 0.81794, 0.84848],
    ["quadratic", 0.914, 0.10396, 0.86494, 0.90152],
    ["ordinal", 0.89894, 0.1069, 0.85021, 0.88636],
  ] as const)(
    "AC2, Fleiss and Brennan-Prediger with %s weights (irrCAC)",
    (weights, ac2, error, fleiss, prediger) => {
      expect(gwet(GWET, { weights }).coefficient).toBeCloseTo(ac2, 5);
      expect(gwet(GWET, { weights }).standardError).toBeCloseTo(error, 5);
      expect(fleissKappa(GWET, { weights }).coefficient).toBeCloseTo(fleiss, 5);
      expect(brennanPrediger(GWET, { weights }).coefficient).toBeCloseTo(prediger, 5);
    },
  );

  test("Fleiss .76117 (SE .15302) and Brennan-Prediger .77273 (SE .14472) of the same (irrCAC)", () => {
    expect(fleissKappa(GWET).coefficient).toBeCloseTo(0.76117, 5);
    expect(fleissKappa(GWET).standardError).toBeCloseTo(0.15302, 5);
    expect(brennanPrediger(GWET).coefficient).toBeCloseTo(0.77273, 5);
    expect(brennanPrediger(GWET).standardError).toBeCloseTo(0.14472, 5);
  });

  test("Fleiss' kappa: Wikipedia's 14 raters of 10 subjects, and Randolph's free-marginal", () => {
    const table = [
      [0, 0, 0, 0, 14],
      [0, 2, 6, 4, 2],
      [0, 0, 3, 5, 6],
      [0, 3, 9, 2, 0],
      [2, 2, 8, 1, 1],
      [7, 7, 0, 0, 0],
      [3, 2, 6, 3, 0],
      [2, 5, 3, 2, 2],
      [6, 5, 2, 1, 0],
      [0, 2, 2, 3, 7],
    ];
    expect(fleissKappa(table).coefficient).toBeCloseTo(0.21, 3);
    const small = [
      [7, 1],
      [3, 5],
    ]; // statsmodels, test_inter_rater.py
    expect(fleissKappa(small).coefficient).toBeCloseTo(0.161905, 6);
    expect(brennanPrediger(small).coefficient).toBeCloseTo(0.214286, 6);
  });

  test("two raters: AC1 stays near agreement where kappa collapses (DevAI .7344)", () => {
    const units = (both: number, first: number, second: number, neither: number) => [
      ...new Array<number[]>(both).fill([2, 0]),
      ...new Array<number[]>(first + second).fill([1, 1]),
      ...new Array<number[]>(neither).fill([0, 2]),
    ];
    expect(gwet(units(142, 21, 28, 175)).coefficient).toBeCloseTo(0.7344, 4);
    const rare = gwet(units(1, 2, 2, 95));
    expect(rare.coefficient).toBeGreaterThan(0.95);
    expect(
      cohenKappa([
        [1, 2],
        [2, 95],
      ]).kappa,
    ).toBeLessThan(0.35);
  });
});

describe("Krippendorff's alpha", () => {
  test("Wikipedia's example: nominal .691, interval .811, ordinal .807", () => {
    expect(krippendorffAlpha(WIKIPEDIA, "nominal")).toBeCloseTo(0.691358, 6);
    expect(krippendorffAlpha(WIKIPEDIA, "interval", [1, 2, 3, 4])).toBeCloseTo(0.810845, 6);
    expect(krippendorffAlpha(WIKIPEDIA, "ordinal")).toBeCloseTo(0.806721, 6);
  });

  test("Gwet's data (PyPI krippendorff 0.7): nominal .74342, ordinal .81539, interval .84911", () => {
    expectClose(krippendorffAlpha(GWET, "nominal"), 0.743421052631579, 1e-12);
    expectClose(krippendorffAlpha(GWET, "ordinal"), 0.8153875037548814, 1e-12);
    expectClose(krippendorffAlpha(GWET, "interval", [1, 2, 3, 4, 5]), 0.8491071428571428, 1e-12);
  });

  test("nothing to compare is not agreement", () => {
    expect(
      krippendorffAlpha(
        [
          [1, 0],
          [0, 1],
        ],
        "nominal",
      ),
    ).toBeNaN();
    expect(
      krippendorffAlpha(
        [
          [2, 0],
          [2, 0],
        ],
        "nominal",
      ),
    ).toBeNaN();
  });
});

test("perfect agreement is 1 by every coefficient, and none exceeds it", () => {
  const counts = fc.array(fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)), { minLength: 2, maxLength: 12 });
  fc.assert(
    fc.property(counts, (table) => {
      for (const value of [
        gwet(table).coefficient,
        fleissKappa(table).coefficient,
        brennanPrediger(table).coefficient,
        krippendorffAlpha(table, "nominal"),
      ])
        if (Number.isFinite(value)) expect(value).toBeLessThanOrEqual(1 + 1e-12);
    }),
  );
  const agreed = [
    [3, 0, 0],
    [0, 3, 0],
    [0, 0, 3],
  ];
  expect(gwet(agreed).coefficient).toBe(1);
  expect(fleissKappa(agreed).coefficient).toBeCloseTo(1, 12);
  expect(krippendorffAlpha(agreed, "nominal")).toBe(1);
});
