import { describe, expect, test } from "vitest";
import { clusteredProportion } from "../../src/statistics/clustered-proportion.ts";
import { ppiMean } from "../../src/statistics/ppi.ts";
import { type RandomStream, randomStream } from "../../src/statistics/random.ts";
import { type ChancedScore, weightedPpiMean } from "../../src/statistics/weighted-ppi.ts";

/** Two weeks: in the busy one little was drawn and most is good, in the quiet one half was drawn and most is bad. */
const WEEKS = [
  { size: 800, good: 0.9, chance: 0.06 },
  { size: 200, good: 0.2, chance: 0.4 },
] as const;
const TRUTH = (800 * 0.9 + 200 * 0.2) / 1_000;

/** Items with a judge that passes some of what is bad. */
function drawWeeks(random: RandomStream): ChancedScore[] {
  return WEEKS.flatMap(({ size, good, chance }, week) =>
    Array.from({ length: size }, (_, i) => {
      const human = random.uniform() < good ? 1 : 0;
      const judge = random.uniform() < (human ? 0.9 : 0.25) ? 1 : 0;
      const labelled = random.uniform() < chance ? { human, weight: 1 / chance } : null;
      return { labelled, judge, inFrame: true, cluster: `${week}.${i}` };
    }),
  );
}

describe("prediction-powered inference with known chances", () => {
  test("people alone: the Horvitz-Thompson estimate, normalized, as a weighted share has it", () => {
    // A judge that says one thing of all adds nothing.
    const items = drawWeeks(randomStream("weighted", "alone")).map((item) => ({ ...item, judge: 1 }));
    const { estimate, lambda } = weightedPpiMean(items);
    const units = items.flatMap(({ labelled, cluster }) =>
      labelled ? [{ hit: labelled.human === 1, weight: labelled.weight, cluster }] : [],
    );
    expect(lambda).toBe(0);
    expect(estimate).toBeCloseTo(clusteredProportion(units).estimate, 12);
  });

  test("equal chances and labels apart from the frame: as PPI++ has it", () => {
    const random = randomStream("weighted", "equal");
    const draw = () => {
      const human = random.uniform() < 0.4 ? 1 : 0;
      return { human, judge: random.uniform() < (human ? 0.9 : 0.2) ? 1 : 0 };
    };
    const labelled = Array.from({ length: 400 }, draw);
    const others = Array.from({ length: 4_000 }, draw);
    const plain = ppiMean({
      human: labelled.map(({ human }) => human),
      judge: labelled.map(({ judge }) => judge),
      judgeOnly: others.map(({ judge }) => judge),
    });
    const weighted = weightedPpiMean([
      ...labelled.map(({ human, judge }, i) => ({
        labelled: { human, weight: 7 },
        judge,
        inFrame: false,
        cluster: `l${i}`,
      })),
      ...others.map(({ judge }, i) => ({ labelled: null, judge, inFrame: true, cluster: `o${i}` })),
    ]);
    expect(weighted.lambda).toBeCloseTo(plain.lambda, 2);
    expect(weighted.estimate).toBeCloseTo(plain.estimate, 4);
    expect(weighted.interval.low).toBeCloseTo(plain.interval.low, 3);
    expect(weighted.interval.high).toBeCloseTo(plain.interval.high, 3);
  });

  test("covers the truth 95 times in 100, more narrowly than people alone, where equal weights nearly never do", () => {
    const random = randomStream("weighted", "coverage");
    const runs = 600;
    const covers = ({ low, high }: { low: number; high: number }) => (low <= TRUTH && TRUTH <= high ? 1 : 0);
    let [weighted, equal, sum, width, widthAlone] = [0, 0, 0, 0, 0];
    for (let run = 0; run < runs; run += 1) {
      const items = drawWeeks(random);
      const { interval, estimate } = weightedPpiMean(items);
      const alone = weightedPpiMean(items.map((item) => ({ ...item, judge: 0 }))).interval;
      weighted += covers(interval);
      sum += estimate;
      width += interval.high - interval.low;
      widthAlone += alone.high - alone.low;
      const labelled = items.flatMap(({ labelled, judge }) => (labelled ? [{ ...labelled, judge }] : []));
      equal += covers(
        ppiMean({
          human: labelled.map(({ human }) => human),
          judge: labelled.map(({ judge }) => judge),
          judgeOnly: items.flatMap((item) => (item.labelled ? [] : [item.judge])),
        }).interval,
      );
    }
    expect(sum / runs).toBeCloseTo(TRUTH, 2);
    expect(weighted / runs).toBeGreaterThan(0.93);
    expect(weighted / runs).toBeLessThan(0.98);
    expect(equal / runs).toBeLessThan(0.5);
    expect(width).toBeLessThan(0.9 * widthAlone);
  });

  test("conversations of several traces: covers with clusters, and would not without", () => {
    const random = randomStream("weighted", "clusters");
    const runs = 400;
    let [clustered, apart] = [0, 0];
    for (let run = 0; run < runs; run += 1) {
      const items = drawWeeks(random).flatMap((item) =>
        Array.from({ length: 4 }, () => ({ ...item, cluster: item.cluster })),
      );
      const covers = ({ low, high }: { low: number; high: number }) =>
        low <= TRUTH && TRUTH <= high ? 1 : 0;
      clustered += covers(weightedPpiMean(items).interval);
      apart += covers(weightedPpiMean(items.map((item, i) => ({ ...item, cluster: `${i}` }))).interval);
    }
    expect(clustered / runs).toBeGreaterThan(0.92);
    expect(apart / runs).toBeLessThan(0.8);
  });
});
