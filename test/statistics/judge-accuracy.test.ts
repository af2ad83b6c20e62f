import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { auc } from "../../src/statistics/auc.ts";
import { correctedRate } from "../../src/statistics/corrected-rate.ts";
import { ppiMean } from "../../src/statistics/ppi.ts";
import { randomStream } from "../../src/statistics/random.ts";
import { judgeAccuracy } from "../../src/statistics/youden.ts";
import { expectClose } from "./relative.ts";

const times = (count: number, value: number) => new Array<number>(count).fill(value);

/**
 * yiqunchen/debias-llm-as-a-judge, claude-opus-4 against gemini-2.5-flash, judged by gpt-5.2: the first 100 pairs as the
 * human-labelled set (23 both, 20 human only, 26 judge only, 31 neither), 109 of the other 225 won by the judge's pick.
 */
const ARENA = {
  human: [...times(23, 1), ...times(20, 1), ...times(26, 0), ...times(31, 0)],
  judge: [...times(23, 1), ...times(20, 0), ...times(26, 1), ...times(31, 0)],
  judgeOnly: [...times(109, 1), ...times(116, 0)],
};

describe("a judge's accuracy", () => {
  test("the arena judge: TPR .5349, TNR .5439, J .0787, uninformative", () => {
    const accuracy = judgeAccuracy({
      truePositives: 23,
      falseNegatives: 20,
      trueNegatives: 31,
      falsePositives: 26,
    });
    expect(accuracy.truePositiveRate.estimate).toBeCloseTo(0.5349, 4);
    expect(accuracy.trueNegativeRate.estimate).toBeCloseTo(0.5439, 4);
    expect(accuracy.youdenJ.estimate).toBeCloseTo(0.07874, 5);
    expect(accuracy.youdenJ.interval.low).toBeLessThan(0);
  });

  test("J's interval is that of a difference of independent proportions", () => {
    // Newcombe (1998), method 10: 56/70 - 48/80 = .2, interval .0524 to .3339; J of TPR 56/70, TNR 32/80 is the same
    const { youdenJ } = judgeAccuracy({
      truePositives: 56,
      falseNegatives: 14,
      trueNegatives: 32,
      falsePositives: 48,
    });
    expect(youdenJ.estimate).toBeCloseTo(0.2, 12);
    expect(youdenJ.interval.low).toBeCloseTo(0.0524, 4);
    expect(youdenJ.interval.high).toBeCloseTo(0.3339, 4);
  });

  test("without items of one class nothing is known", () => {
    const { youdenJ, trueNegativeRate } = judgeAccuracy({
      truePositives: 5,
      falseNegatives: 0,
      trueNegatives: 0,
      falsePositives: 0,
    });
    expect(trueNegativeRate.estimate).toBeNaN();
    expect(youdenJ.interval).toMatchObject({ low: -1, high: 1 });
  });
});

describe("corrected rates", () => {
  test("Lee et al. (arXiv 2511.21140), their code: p .4, n 1000, q0 .7, q1 .9, m 200 each", () => {
    const result = correctedRate({
      judgedPositive: 400,
      judged: 1_000,
      trueNegatives: 140,
      negatives: 200,
      truePositives: 180,
      positives: 200,
    });
    expect(result.estimate).toBeCloseTo(0.1666667, 7);
    expect(result.interval.low).toBeCloseTo(0.0563507, 6);
    expect(result.interval.high).toBeCloseTo(0.262733, 6);
  });

  test("TPR .92, TNR .88 and a judged .80 mean .85 (hamelsmu/evals-skills, validate-evaluator)", () => {
    const { raw } = correctedRate({
      judgedPositive: 800,
      judged: 1_000,
      trueNegatives: 88,
      negatives: 100,
      truePositives: 92,
      positives: 100,
    });
    expect(raw).toBeCloseTo(0.85, 12);
  });

  test("the arena judge: the correction explodes, its interval says so", () => {
    const result = correctedRate({
      judgedPositive: 109,
      judged: 225,
      trueNegatives: 31,
      negatives: 57,
      truePositives: 23,
      positives: 43,
    });
    expect(result.raw).toBeCloseTo(0.3594, 4);
    expect(result.interval.high - result.interval.low).toBe(1);
  });
});

describe("prediction-powered inference", () => {
  test("the arena judge: plain PPI is worse than people alone, PPI++ is not", () => {
    const people = ppiMean(ARENA, { lambda: 0 });
    expect(people.estimate).toBeCloseTo(0.43, 12);
    expect(people.interval.high - people.estimate).toBeCloseTo(0.0975, 4);
    const plain = ppiMean(ARENA, { lambda: 1 });
    expect(plain.estimate).toBeCloseTo(0.4244, 4);
    expect(plain.interval.high - plain.estimate).toBeCloseTo(0.1483, 4);
    const tuned = ppiMean(ARENA);
    expect(tuned.lambda).toBeCloseTo(0.0536, 4);
    expect(tuned.estimate).toBeCloseTo(0.4297, 4);
    expect(tuned.interval.high - tuned.estimate).toBeCloseTo(0.0973, 4);
  });

  test("a good judge narrows the interval, a constant one is ignored", () => {
    const truth = Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? 1 : 0));
    const judgeOnly = Array.from({ length: 3_000 }, (_, i) => (i % 3 === 0 ? 1 : 0));
    const good = ppiMean({ human: truth, judge: truth, judgeOnly });
    expect(good.standardError).toBeLessThan(
      0.2 * ppiMean({ human: truth, judge: truth, judgeOnly }, { lambda: 0 }).standardError,
    );
    expect(
      ppiMean({ human: truth, judge: truth.map(() => 1), judgeOnly: judgeOnly.map(() => 1) }).lambda,
    ).toBe(0);
  });

  test("the tuned lambda never has a larger standard error than people alone or plain PPI", () => {
    const scores = (min: number) =>
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: min, maxLength: 40 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 })), {
          minLength: 2,
          maxLength: 30,
        }),
        scores(2),
        (labelled, judgeOnly) => {
          const data = { human: labelled.map(([y]) => y), judge: labelled.map(([, f]) => f), judgeOnly };
          const tuned = ppiMean(data).standardError;
          expect(tuned).toBeLessThanOrEqual(ppiMean(data, { lambda: 0 }).standardError + 1e-12);
          expect(tuned).toBeLessThanOrEqual(ppiMean(data, { lambda: 1 }).standardError + 1e-12);
        },
      ),
    );
  });

  test("covers the truth 95 times in 100 with a biased judge", () => {
    const random = randomStream("ppi", "coverage");
    let covered = 0;
    for (let run = 0; run < 1_000; run += 1) {
      const draw = () => {
        const truth = random.uniform() < 0.3 ? 1 : 0;
        return { truth, judge: random.uniform() < (truth ? 0.95 : 0.4) ? 1 : 0 };
      };
      const labelled = Array.from({ length: 150 }, draw);
      const { interval } = ppiMean({
        human: labelled.map((item) => item.truth),
        judge: labelled.map((item) => item.judge),
        judgeOnly: Array.from({ length: 600 }, () => draw().judge),
      });
      if (interval.low <= 0.3 && 0.3 <= interval.high) covered += 1;
    }
    expect(covered / 1_000).toBeGreaterThan(0.92);
    expect(covered / 1_000).toBeLessThan(0.98);
  });
});

describe("area under the ROC curve", () => {
  test("DeLong's standard error with ties (PyPI confidenceinterval 1.0.5)", () => {
    const result = auc([0.9, 0.8, 0.7, 0.55, 0.55, 0.3, 0.65], [0.1, 0.4, 0.35, 0.55, 0.2, 0.7]);
    expectClose(result.auc, 0.7976190447807312, 1e-7);
    expectClose(result.standardError, 0.1312406623310999, 1e-6);
    expect(result.interval.high).toBeLessThan(1); // that package gives 1.0548
  });

  test("is the share of pairs in order, ties counting half, and mirrors", () => {
    const scores = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 25 });
    fc.assert(
      fc.property(scores, scores, (positives, negatives) => {
        const wins = positives.flatMap((p) => negatives.map((n) => (p > n ? 1 : p === n ? 0.5 : 0)));
        const result = auc(positives, negatives);
        expectClose(result.auc, wins.reduce((a: number, b) => a + b, 0) / wins.length, 1e-12);
        expect(result.interval.low).toBeLessThanOrEqual(result.auc + 1e-12);
        expect(result.interval.high).toBeGreaterThanOrEqual(result.auc - 1e-12);
        expect(result.interval.low >= 0 && result.interval.high <= 1).toBe(true);
        const mirrored = auc(negatives, positives);
        expect(mirrored.auc).toBeCloseTo(1 - result.auc, 12);
        expect(mirrored.interval.low).toBeCloseTo(1 - result.interval.high, 9);
      }),
    );
  });

  test("a perfect separation of few items is not certainty", () => {
    const { interval } = auc([3, 4, 5], [1, 2]);
    expect(interval.high).toBe(1);
    expect(interval.low).toBeLessThan(0.5);
  });
});
