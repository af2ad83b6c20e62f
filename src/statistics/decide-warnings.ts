import type { Settings } from "./decide-options.ts";
import type { MissingBounds } from "./decision.ts";
import type { Outcome } from "./outcome.ts";

const number = (value: number): string => `${Number(value.toPrecision(2))}`;

/** Discordant pairs, all on one side, with which an exact two-sided test can first reject. */
const fewestUnits = (alpha: number): number => Math.ceil(1 - Math.log2(alpha));

function ofReach({ scores, test }: Outcome, alpha: number): string[] {
  const needed = fewestUnits(alpha);
  if (test.method === "exact McNemar") {
    const discordant = scores.better + scores.worse;
    return discordant < needed
      ? [
          `${discordant} pairs differ: an exact test needs at least ${needed} to show a difference at ${number(alpha)}.`,
        ]
      : [];
  }
  const clusters = scores.clusters.length;
  if (clusters >= needed) return [];
  return [
    `${clusters} clusters: the least p value that flipping signs can reach is ${number(2 ** (1 - clusters))}, so no ` +
      `difference can be shown at ${number(alpha)}; at least ${needed} clusters are needed.`,
  ];
}

function ofShape({ scores, test, equivalence, verdict }: Outcome): string[] {
  const largest = scores.clusters.reduce((most, cluster) => Math.max(most, cluster.length), 0);
  const warnings: string[] = [];
  if (scores.clusters.length > 1 && largest * 2 > scores.pairs)
    warnings.push(`One cluster holds ${largest} of the ${scores.pairs} examples and dominates the result.`);
  if (scores.better + scores.worse === 0 && !Number.isFinite(test.shifts.interval(0.05).high))
    warnings.push(
      "No example differs and the scores have no stated bounds: nothing limits the true difference.",
    );
  if (equivalence?.equivalent && verdict !== "equivalent")
    warnings.push("The difference is real but smaller than the stated margin.");
  return warnings;
}

function ofMissing(bounds: MissingBounds | null, changes: boolean): string[] {
  const warnings: string[] = [];
  if (bounds?.fillSource === "observed")
    warnings.push(
      "No bounds were stated: missing scores were filled with the extremes seen, which may not be the worst possible.",
    );
  if (changes) warnings.push("Missing scores could change the verdict.");
  return warnings;
}

/** What a reader must know before trusting the verdict; in our own words only. */
export const decideWarnings = (
  outcome: Outcome | null,
  settings: Settings,
  bounds: MissingBounds | null,
  changes: boolean,
): string[] => [
  ...(outcome
    ? [...ofReach(outcome, settings.alphaUsed), ...ofShape(outcome)]
    : ["No example has a score in both arms."]),
  ...ofMissing(bounds, changes),
];
