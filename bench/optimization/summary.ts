import { bootstrap } from "../../src/statistics/bootstrap.ts";
import { randomStream } from "../../src/statistics/random.ts";
import { median } from "../measure.ts";
import { type Campaign, type Quality, qualityOf, SHARES } from "./campaign.ts";
import { lookAtHoldout, trueGain } from "./holdout.ts";
import type { Mode, World } from "./world.ts";

/** One arm on all worlds of a mode. */
export interface Summary {
  readonly mode: Mode;
  readonly arm: string;
  readonly qualities: readonly Quality[];
  readonly overshoot: number;
  /** Largest difference between the runs that were seen and those that the arm reports. */
  readonly misreported: number;
  /** Gain claimed by the look at the holdout less the true gain, in points of 100. */
  readonly bias: readonly number[];
  readonly cpuMsPerRollout: number;
  readonly characters: number;
}

export function summarize(
  arm: string,
  worlds: readonly World[],
  campaigns: readonly Campaign[],
  budget: number,
): Summary {
  const pairs = worlds.flatMap((world, i) => {
    const campaign = campaigns[i];
    return campaign ? [{ world, campaign }] : [];
  });
  const of = (value: (campaign: Campaign) => number) => pairs.map(({ campaign }) => value(campaign));
  return {
    mode: worlds[0]?.mode ?? "partial",
    arm,
    qualities: pairs.map(({ world, campaign }) => qualityOf(world, campaign, budget)),
    overshoot: Math.max(0, ...of(({ observed }) => observed - budget)),
    misreported: Math.max(...of(({ observed, reported }) => Math.abs(observed - reported))),
    bias: pairs.map(({ world, campaign }) => {
      const { findings } = lookAtHoldout(world, campaign.returned);
      return 100 * ((findings?.difference ?? Number.NaN) - trueGain(world, campaign.returned));
    }),
    cpuMsPerRollout: median(of(({ cpuMs, observed }) => cpuMs / observed)),
    characters: median(of(({ returned }) => Object.values(returned).join("").length)),
  };
}

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean with 95 % limits of the normal distribution, as words. */
export function meanWithLimits(values: readonly number[], digits: number): string {
  const mean = meanOf(values);
  const variance = meanOf(values.map((value) => (value - mean) ** 2));
  const half = 1.96 * Math.sqrt(variance / values.length);
  return `${mean.toFixed(digits)} [${(mean - half).toFixed(digits)}, ${(mean + half).toFixed(digits)}]`;
}

/** Median of the paired differences to another arm on the same worlds, with bootstrap limits, as words. */
function pairedTo(one: Summary, other: Summary | undefined): string {
  if (!other || other === one) return "";
  const differences = one.qualities.map(({ area }, i) => area - (other.qualities[i]?.area ?? Number.NaN));
  const random = randomStream(`${one.mode} ${one.arm}`, "paired differences");
  const { interval } = bootstrap(differences, median, { random, method: "percentile" });
  return `${median(differences).toFixed(2)} [${interval.low.toFixed(2)}, ${interval.high.toFixed(2)}]`;
}

/** Median over worlds, and in how many of them it was reached. */
function reachedIn({ qualities }: Summary, share: number): string {
  const runs = qualities.map(({ reached }) => reached[share] ?? Number.POSITIVE_INFINITY);
  const middle = median(runs);
  return `${Number.isFinite(middle) ? middle : "-"} (${runs.filter(Number.isFinite).length})`;
}

const HEAD = [
  "world",
  "arm",
  ...SHARES.map((share) => `runs to ${100 * share} % (worlds)`),
  "quality at the end",
  "mean quality over the budget",
  "the same less ours, paired",
  "overshoot, runs",
  "misreported",
  "held-out claim less truth, points",
  "characters",
  "CPU ms/run",
];

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** One Markdown table: quality as a share of the way from the seed to the oracle, budgets in observed runs. */
export function toMarkdown(summaries: readonly Summary[], reference: string): string {
  const lines = summaries.map((summary) =>
    row([
      summary.mode,
      summary.arm,
      ...SHARES.map((_, i) => reachedIn(summary, i)),
      meanOf(summary.qualities.map(({ final }) => final)).toFixed(3),
      meanOf(summary.qualities.map(({ area }) => area)).toFixed(3),
      pairedTo(
        summary,
        summaries.find(({ mode, arm }) => mode === summary.mode && arm === reference),
      ),
      String(summary.overshoot),
      String(summary.misreported),
      meanWithLimits(summary.bias, 1),
      String(summary.characters),
      summary.cpuMsPerRollout.toFixed(2),
    ]),
  );
  return [row(HEAD), row(HEAD.map(() => "---")), ...lines].join("\n");
}
