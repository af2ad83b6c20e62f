import { expect, it } from "vitest";
import { calibrationWords } from "../../src/calibration/card-words.ts";
import type { CalibrationCard } from "../../src/model/calibration.ts";

const NOW = 1_772_359_200_000_000;

type J = { readonly estimate: number; readonly low: number; readonly high: number };

const words = ({ estimate, low, high }: J): string => {
  const card: Pick<CalibrationCard, "youdenJ" | "agreement" | "n" | "createdUs" | "informative"> = {
    youdenJ: { estimate, interval: { low, high, level: 0.95, method: "newcombe" } },
    agreement: null,
    n: 120,
    createdUs: NOW - 3 * 86_400_000_000,
    informative: "yes",
  };
  return calibrationWords(card, "llm", NOW);
};

it.each([
  [{ estimate: 0.71, low: 0.62, high: 0.79 }, "calibrated (J .71 ± .09, n 120, 3 days ago)"],
  [{ estimate: 0, low: -0.1, high: 0.22 }, "calibrated (J 0 ± .22, n 120, 3 days ago)"],
  [{ estimate: 1, low: 0.9, high: 1 }, "calibrated (J 1 ± .10, n 120, 3 days ago)"],
  [{ estimate: -0.04, low: -0.2, high: 0.1 }, "calibrated (J -.04 ± .16, n 120, 3 days ago)"],
])("%j is %s", (j, expected) => {
  expect(words(j)).toBe(expected);
});
