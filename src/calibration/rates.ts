import type { CalibrationCard, Estimated } from "../model/calibration.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { LabelSample } from "../model/label-sample.ts";
import { twoPhaseRate } from "../statistics/two-phase-rate.ts";
import { majority } from "./compare-labels.ts";
import { estimated, LEVEL } from "./interval-of.ts";
import type { LabelledItem } from "./labelled-item.ts";
import type { Obtained } from "./obtain-verdicts.ts";
import { type Corrected, inverted, type Known, ppiOf, shareOf } from "./rate-estimates.ts";

/** What most people say; null when they said nothing, or as many one as the other. */
export function peoplePass({ labels }: LabelledItem): boolean | null {
  const said = labels.flatMap(({ pass }) => (pass === null ? [] : [pass ? "pass" : "fail"]));
  const most = said.length === 0 ? "contested" : majority(said);
  return most === "contested" ? null : most.category === "pass";
}

const four = (value: number): number => Math.round(value * 10_000) / 10_000;

const row = (method: string, n: string, value: Estimated, remark = ""): Json[] => [
  method,
  n,
  value === null ? null : four(value.estimate),
  value === null ? "" : `[${four(value.interval.low)}, ${four(value.interval.high)}]`,
  remark,
];

const COLUMNS = ["method", "n", "pass rate", "95% interval", "remark"];

const REFUSED =
  "not computed: the interval of J reaches 0.1, so that the correction would divide by next to nothing";

/** What a population's rate is made of. */
export interface Population {
  readonly ids: readonly { readonly id: string; readonly cluster: string }[];
  readonly matching: number | null;
  /** What is known of the chances with which items came to be labelled, in our words. */
  readonly chances: string;
}

/**
 * The pass rate of all traffic from few labels and many verdicts. With a judge that is informative by PPI++; else the answer is
 * the people's alone. Each label counts for its item's weight: one over the known chance of being labelled (Horvitz and
 * Thompson 1952), as `weightedPpiMean` and `clusteredProportion` take it; where all weigh the same, the labelled items are
 * taken to be a random sample of the traffic.
 */
export function populationRate(
  population: Population,
  labelled: readonly LabelledItem[],
  verdicts: ReadonlyMap<string, Obtained>,
  informative: CalibrationCard["informative"],
): JsonObject {
  const known = knownOf(population, labelled, verdicts);
  const labelledOnes = known.filter((item) => item.people !== null);
  const isEven = labelledOnes.every(({ weight }) => weight === labelledOnes[0]?.weight);
  const both = labelledOnes.filter(({ judge }) => judge !== null);
  const judgeOnly = known.filter((item) => item.people === null && item.judge !== null);
  const inFrame = known.filter((item) => item.inFrame && item.judge !== null);
  const corrected = { both, judged: isEven ? judgeOnly : inFrame, isEven };
  const ppi = ppiOf(corrected);
  const unjudged = known.length - both.length - judgeOnly.length;
  const byPpi = informative === "yes" && ppi !== null;
  return {
    ...(population.matching === null ? {} : { matching: population.matching }),
    use: byPpi ? "PPI++" : "people alone",
    why: byPpi
      ? "the judge is informative: its verdicts narrow what the labels say"
      : informative === "yes"
        ? "too few items that only the judge decided"
        : "the judge is uninformative, or not known to be otherwise: only the labels count",
    estimates: {
      columns: COLUMNS,
      rows: [
        row("people alone", `${labelledOnes.length}`, shareOf(labelledOnes, people)),
        ...(ppi
          ? [row("PPI++", numbersOf(corrected), ppi.value, `lambda ${four(ppi.lambda)} ${LAMBDA}`)]
          : []),
        informative === "yes" && corrected.judged.length > 0
          ? row("Rogan-Gladen", numbersOf(corrected), inverted(corrected))
          : row("Rogan-Gladen", "", null, REFUSED),
        row("judge alone, not corrected", `${corrected.judged.length}`, judgedShare(corrected.judged)),
      ],
    },
    ...(unjudged > 0 ? { withoutVerdict: unjudged } : {}),
    chancesOfBeingLabelled: population.chances,
    assumes:
      "these chances; mode label_next draws items whose labels speak for all, and is taken up here once people labelled some of each stratum",
  };
}

const LAMBDA = "(0: people alone, 1: the judge is fully trusted)";

const people = (item: Known): boolean | null => item.people;

const numbersOf = ({ both, judged }: Corrected): string => `${both.length} + ${judged.length}`;

const judgedShare = (judged: readonly Known[]): Estimated =>
  shareOf(
    judged.map((item) => ({ ...item, weight: 1 })),
    ({ judge }) => judge,
  );

function knownOf(
  { ids }: Population,
  labelled: readonly LabelledItem[],
  verdicts: ReadonlyMap<string, Obtained>,
): Known[] {
  const said = new Map(labelled.map((item) => [item.id, { people: peoplePass(item), weight: item.weight }]));
  const frame = new Set(ids.map(({ id }) => id));
  const clusters = new Map([...ids, ...labelled].map(({ id, cluster }) => [id, cluster] as const));
  return [...clusters].map(([id, cluster]) => ({
    cluster,
    people: said.get(id)?.people ?? null,
    judge: verdicts.get(id)?.verdict.pass ?? null,
    weight: said.get(id)?.weight ?? 1,
    inFrame: frame.has(id),
  }));
}

/** The pass rate of what a sample was drawn from, by people's labels on it alone: unbiased whatever the judge is like. */
export function sampledRate(sample: LabelSample, labelled: readonly LabelledItem[]): JsonObject {
  const stratum = new Map(sample.items.map((item) => [item.id, item.stratum]));
  const strata = sample.strata.map(({ name, size, drawn }, i) => {
    const said = labelled.flatMap((item) => (stratum.get(item.id) === i ? (peoplePass(item) ?? []) : []));
    return { name, size, drawn, looked: said.length, positive: said.filter(Boolean).length };
  });
  const { estimate, interval } = twoPhaseRate(strata, LEVEL);
  const empty = strata.filter(({ looked, size }) => looked === 0 && size > 0).map(({ name }) => name);
  return {
    ...(sample.matching === null ? {} : { matching: sample.matching }),
    frame: sample.frame,
    use: "stratified sample",
    estimates: {
      columns: COLUMNS,
      rows: [
        row(
          "stratified sample, people alone",
          `${strata.reduce((sum, { looked }) => sum + looked, 0)}`,
          estimated(estimate, interval, "two_phase"),
          empty.length > 0
            ? `no label in ${empty.length} strata: they count as all fail for one limit and all pass for the other`
            : "",
        ),
      ],
    },
    strata: {
      columns: ["stratum", "size", "drawn", "labelled", "pass"],
      rows: strata.map((one): Json[] => [one.name, one.size, one.drawn, one.looked, one.positive]),
    },
  };
}
