import type { CalibrationCard, Estimated } from "../model/calibration.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { LabelSample } from "../model/label-sample.ts";
import { clusteredProportion, type SampledUnit } from "../statistics/clustered-proportion.ts";
import { correctedRate } from "../statistics/corrected-rate.ts";
import { clip } from "../statistics/interval.ts";
import { ppiMean } from "../statistics/ppi.ts";
import { twoPhaseRate } from "../statistics/two-phase-rate.ts";
import { majority } from "./compare-labels.ts";
import { estimated, LEVEL } from "./interval-of.ts";
import type { LabelledItem } from "./labelled-item.ts";
import type { Obtained } from "./obtain-verdicts.ts";

/** One item of the traffic, with what is known of it. */
interface Known {
  readonly cluster: string;
  readonly people: boolean | null;
  readonly judge: boolean | null;
}

/** What most people say; null when they said nothing, or as many one as the other. */
export function peoplePass({ labels }: LabelledItem): boolean | null {
  const said = labels.flatMap(({ pass }) => (pass === null ? [] : [pass ? "pass" : "fail"]));
  const most = said.length === 0 ? "contested" : majority(said);
  return most === "contested" ? null : most.category === "pass";
}

const asNumber = (pass: boolean | null): number => (pass === true ? 1 : 0);

const shareOf = (known: readonly Known[], of: (item: Known) => boolean | null): Estimated => {
  const units = known.flatMap((item): SampledUnit[] => {
    const hit = of(item);
    return hit === null ? [] : [{ hit, weight: 1, cluster: item.cluster }];
  });
  const { estimate, interval } = clusteredProportion(units, LEVEL);
  return estimated(estimate, interval, "wilson");
};

interface Corrected {
  readonly both: readonly Known[];
  readonly judgeOnly: readonly Known[];
}

function ppiOf({
  both,
  judgeOnly,
}: Corrected): { readonly value: Estimated; readonly lambda: number } | null {
  if (both.length < 2 || judgeOnly.length < 2) return null;
  const all = [...both, ...judgeOnly];
  const isClustered = new Set(all.map(({ cluster }) => cluster)).size < all.length;
  const { estimate, interval, lambda } = ppiMean(
    {
      human: both.map(({ people }) => asNumber(people)),
      judge: both.map(({ judge }) => asNumber(judge)),
      judgeOnly: judgeOnly.map(({ judge }) => asNumber(judge)),
      clusters: isClustered
        ? {
            human: both.map(({ cluster }) => cluster),
            judgeOnly: judgeOnly.map(({ cluster }) => cluster),
          }
        : undefined,
    },
    { level: LEVEL },
  );
  const inside = Math.min(1, Math.max(0, estimate));
  return { value: estimated(inside, clip(interval, 0, 1), "normal"), lambda };
}

/** Rogan and Gladen's, of independent items. */
function inverted({ both, judgeOnly }: Corrected): Estimated {
  const of = (people: boolean) => both.filter((item) => item.people === people);
  const [positives, negatives] = [of(true), of(false)];
  const hits = (items: readonly Known[], pass: boolean) => items.filter(({ judge }) => judge === pass).length;
  const { estimate, interval } = correctedRate(
    {
      judgedPositive: hits(judgeOnly, true),
      judged: judgeOnly.length,
      truePositives: hits(positives, true),
      positives: positives.length,
      trueNegatives: hits(negatives, false),
      negatives: negatives.length,
    },
    LEVEL,
  );
  return estimated(estimate, interval, "lang_reiczigel");
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
}

/**
 * The pass rate of all traffic from few labels and many verdicts. With a judge that is informative by PPI++; else the answer is
 * the people's alone. Holds where the labelled items are a random sample of the traffic.
 */
export function populationRate(
  population: Population,
  labelled: readonly LabelledItem[],
  verdicts: ReadonlyMap<string, Obtained>,
  informative: CalibrationCard["informative"],
): JsonObject {
  const people = new Map(labelled.map((item) => [item.id, peoplePass(item)]));
  const clusters = new Map([
    ...population.ids.map(({ id, cluster }) => [id, cluster] as const),
    ...labelled.map(({ id, cluster }) => [id, cluster] as const),
  ]);
  const known = [...clusters].map(
    ([id, cluster]): Known => ({
      cluster,
      people: people.get(id) ?? null,
      judge: verdicts.get(id)?.verdict.pass ?? null,
    }),
  );
  const labelledOnes = known.filter((item) => item.people !== null);
  const both = labelledOnes.filter(({ judge }) => judge !== null);
  const judgeOnly = known.filter((item) => item.people === null && item.judge !== null);
  const ppi = ppiOf({ both, judgeOnly });
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
        row(
          "people alone",
          `${labelledOnes.length}`,
          shareOf(labelledOnes, (item) => item.people),
        ),
        ...(ppi
          ? [
              row(
                "PPI++",
                `${both.length} + ${judgeOnly.length}`,
                ppi.value,
                `lambda ${four(ppi.lambda)} (0: people alone, 1: the judge is fully trusted)`,
              ),
            ]
          : []),
        informative === "yes" && judgeOnly.length > 0
          ? row("Rogan-Gladen", `${both.length} + ${judgeOnly.length}`, inverted({ both, judgeOnly }))
          : row("Rogan-Gladen", "", null, REFUSED),
        row(
          "judge alone, not corrected",
          `${judgeOnly.length}`,
          shareOf(judgeOnly, (item) => item.judge),
        ),
      ],
    },
    ...(unjudged > 0 ? { withoutVerdict: unjudged } : {}),
    assumes:
      "the labelled items are a random sample of these; mode label_next draws one whose labels speak for all",
  };
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
