import { describe, expect, test } from "vitest";
import { checkGolden, goldenCases, goldenDigest, goldenOf } from "../../../bench/optimization/golden.ts";
import { createWorld, expectedScore, MODES, run } from "../../../bench/optimization/world.ts";

describe("the worlds of the bench", () => {
  test("stay what they are: results of different days can be compared", () => {
    expect(
      Object.fromEntries(MODES.map((mode) => [mode, goldenDigest(mode).slice(0, 16)])),
    ).toMatchInlineSnapshot(`
      {
        "binary": "7b58d6b7a4dc95e9",
        "flips": "7fb8c5d8b36c1f6b",
        "jitter": "b11be7bed36972c1",
        "multi": "ec760e679bf82e9c",
        "null": "92261b968893e215",
        "objectives": "b3f1a98ffbe2f97b",
        "partial": "759d1c37e22ed2ad",
      }
    `);
  });

  test("differ from another implementation in the first bit that does", () => {
    const world = createWorld("binary", 0);
    const vectors = goldenOf(world, goldenCases(world, 5));
    expect(() => checkGolden(vectors, vectors)).not.toThrow();
    const wrong = vectors.map((vector, i) =>
      i === 3 ? { ...vector, draw: vector.draw + 2 ** -48 } : vector,
    );
    expect(() => checkGolden(vectors, wrong)).toThrow(/vector 3/);
  });

  test.each(MODES)("%s: an expected score is the mean of runs", (mode) => {
    const world = createWorld(mode, 0);
    for (const { prompts, example } of goldenCases(world, 40).slice(30, 34)) {
      const runs = Array.from({ length: 2_000 }, (_, repeat) => run(world, prompts, example, repeat).score);
      const mean = runs.reduce((sum, score) => sum + score, 0) / runs.length;
      // Five standard errors of a mean of 2,000 scores between 0 and 1.
      expect(Math.abs(mean - expectedScore(world, prompts, example))).toBeLessThan(0.056);
    }
  });
});
