import { describe, expect, test } from "vitest";
import { nonInferiority } from "../../src/statistics/equivalence.ts";
import { nonInferiorities } from "../../src/statistics/non-inferiority.ts";
import { pairedScoreTest } from "../../src/statistics/paired-score.ts";
import type { ScorePair } from "../../src/statistics/score-pairs.ts";

/** Passes of the baseline and the candidate by count. */
function rows(both: number, lost: number, gained: number, neither: number, missing = 0): ScorePair[] {
  const of = (count: number, baseline: number, candidate: number | null) =>
    Array.from({ length: count }, () => ({ baseline, candidate }));
  return [
    ...of(both, 1, 1),
    ...of(lost, 1, 0),
    ...of(gained, 0, 1),
    ...of(neither, 0, 0),
    ...of(missing, 1, null),
  ].map((scores, i) => ({ exampleId: `e${i}`, cluster: null, ...scores }));
}

const options = { seed: "s", margin: 0.1, bounds: [0, 1] } as const;

describe("several candidates against one baseline", () => {
  // Soft contact lenses, 44 pairs of which one was lost and none gained, margin 0.1 (Tango, Stat Med 17, 1998, 5.1): the
  // uncorrected score test gives one-sided p 0.044; with the continuity correction that the engine uses it is greater.
  test("one candidate: the engine's own shifted test, so that interval and verdict agree", () => {
    const [found] = nonInferiorities([rows(43, 1, 0, 0)], { ...options, alpha: 0.1 });
    const uncorrected = nonInferiority(pairedScoreTest({ better: 0, worse: 1, pairs: 44 }, 0), 0.1, 0.05);
    expect(uncorrected.pValue).toBeCloseTo(0.044, 3);
    expect(found?.pValue).toBeGreaterThan(2 * 0.044);
    expect(found?.verdict === "not_inferior").toBe((found?.interval.low ?? -1) > -0.1);
  });

  test("Holm: the clearest is tested at alpha / 3, and none after the first that fails", () => {
    const clear = rows(100, 0, 0, 0);
    const found = nonInferiorities([rows(60, 40, 0, 0), clear, rows(88, 8, 4, 0)], options);
    expect(found.map((one) => one?.verdict)).toEqual(["inferior", "not_inferior", "not_shown"]);
    // Each interval is at the level of its test, and never contradicts its verdict.
    expect(found.map((one) => (one ? 1 - one.interval.level : null))).toEqual([
      expect.closeTo(0.05 / 3, 10),
      expect.closeTo(0.05 / 2, 10),
      expect.closeTo(0.05, 10),
    ]);
    expect(found[0]?.interval.high).toBeLessThan(-0.1);
    expect(found[1]?.interval.low).toBeGreaterThan(-0.1);
    expect(found[2]?.interval.low).toBeLessThanOrEqual(-0.1);
    // One that could not be tested at all still counts.
    const [alone] = nonInferiorities([clear, []], options);
    expect(1 - (alone?.interval.level ?? 0)).toBeCloseTo(0.025, 10);
  });

  test("a later look is held to a stricter level", () => {
    const data = [rows(97, 2, 1, 0)];
    const at = (look: number) =>
      nonInferiorities(data, { ...options, correction: { kind: "looks", look } })[0];
    expect(at(1)?.verdict).toBe("not_inferior");
    expect(at(1)?.alpha).toBeCloseTo(0.025, 12);
    expect(at(9)?.verdict).toBe("not_shown");
  });

  test("missing scores that could change the verdict leave it open", () => {
    const [few] = nonInferiorities([rows(200, 0, 0, 0, 1)], options);
    expect(few).toMatchObject({ verdict: "not_inferior", changesAtBound: false });
    const [many] = nonInferiorities([rows(200, 0, 0, 0, 40)], options);
    expect(many).toMatchObject({ verdict: "not_shown", changesAtBound: true, missing: { candidate: 40 } });
    expect(nonInferiorities([[]], options)).toEqual([null]);
  });
});
