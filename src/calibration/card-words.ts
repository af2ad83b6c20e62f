import type { CalibrationCard, Estimated } from "../model/calibration.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { ResolvedJudge } from "../model/judge.ts";

export const NOT_CALIBRATED = "not calibrated";
/** Code decides the same for everybody; its card is welcome and not asked for. */
export const EXEMPT = "exempt (code)";

const MINUTE_US = 60_000_000;
const HOUR_US = 60 * MINUTE_US;
const DAY_US = 24 * HOUR_US;

const counted = (n: number, unit: string): string => `${n} ${unit}${n === 1 ? "" : "s"} ago`;

function ago(us: number): string {
  if (us >= DAY_US) return counted(Math.floor(us / DAY_US), "day");
  if (us >= HOUR_US) return counted(Math.floor(us / HOUR_US), "hour");
  return us >= MINUTE_US ? counted(Math.floor(us / MINUTE_US), "minute") : "just now";
}

/** `.71`, `-.04`, `1`, `0`. */
const short = (value: number): string =>
  value
    .toFixed(2)
    .replace(/^-?(\d)\.00$/, "$1")
    .replace(/^(-?)0\./, "$1.");

/** Half of the interval, the longer side: no interval looks narrower than it is. */
const halfOf = ({ estimate, interval }: NonNullable<Estimated>): number =>
  Math.max(estimate - interval.low, interval.high - estimate);

/** What every score of a judge carries: `calibrated (J .71 ± .09, n 120, 3 days ago)`. */
export function calibrationWords(
  card: Pick<CalibrationCard, "youdenJ" | "agreement" | "n" | "createdUs" | "informative"> | null,
  kind: ResolvedJudge["kind"],
  nowUs: number,
): string {
  if (card === null) return kind === "code" ? EXEMPT : NOT_CALIBRATED;
  const { youdenJ, agreement, n, createdUs, informative } = card;
  const when = ago(Math.max(0, nowUs - createdUs));
  const figure =
    youdenJ !== null
      ? `J ${short(youdenJ.estimate)} ± ${short(halfOf(youdenJ))}`
      : agreement !== null
        ? `agreement ${short(agreement.estimate)}, J unknown`
        : "nothing compared";
  const word =
    informative === "yes"
      ? "calibrated"
      : informative === "no"
        ? "calibrated: uninformative"
        : "calibrated in part";
  return `${word} (${figure}, n ${n}, ${when})`;
}

const four = (value: number): number => Math.round(value * 10_000) / 10_000;

const row = (what: string, value: Estimated): Json[][] =>
  value === null
    ? []
    : [
        [
          what,
          four(value.estimate),
          `[${four(value.interval.low)}, ${four(value.interval.high)}]`,
          value.interval.method,
        ],
      ];

const SAYS = {
  yes: "Its verdicts tell something about people's.",
  no: "UNINFORMATIVE: the interval of J reaches 0.1. Do not go by this judge's scores, and correct no rate by them.",
  unknown:
    "People passed all or none of these: whether it can tell them apart is unknown. Label some of both.",
} as const;

function measuresOf(card: CalibrationCard): Json[][] {
  const { annotators, repeatability } = card;
  return [
    ...row("Youden's J", card.youdenJ),
    ...row("TPR (passes what people pass)", card.truePositiveRate),
    ...row("TNR (fails what people fail)", card.trueNegativeRate),
    ...row("agreement", card.agreement),
    ...row("Cohen's kappa", card.kappa),
    ...row("weighted kappa (quadratic)", card.weightedKappa),
    ...row("Gwet's AC1", card.ac1),
    ...row("prevalence (people pass)", card.prevalence),
    ...row("judge passes", card.judgedPass),
    ...row("AUC of its values", card.auc),
    ...row("order consistency", card.orderConsistency),
    ...row("people: Krippendorff's alpha", annotators?.krippendorffAlpha ?? null),
    ...row("people: Fleiss' kappa", annotators?.fleissKappa ?? null),
    ...row("ceiling: two people agree", annotators?.ceiling ?? null),
    ...row("judge agrees with one person", annotators?.judgeWithOne ?? null),
    ...row(`flip rate, asked ${(repeatability?.repeats ?? 0) + 1} times`, repeatability?.flipRate ?? null),
  ];
}

const nonZero = (coverage: CalibrationCard["coverage"]): JsonObject =>
  Object.fromEntries(
    Object.entries(coverage).filter(([, value]) =>
      typeof value === "number" ? value > 0 : Object.keys(value).length > 0,
    ),
  );

/** A card as its reader sees it. Ids and categories are of traces and of the judge's author: untrusted. */
export function cardData(card: CalibrationCard): JsonObject {
  const { labels } = card;
  return {
    judge: `${card.judge}${card.version === null ? "" : `@${card.version}`}`,
    judgeHash: card.hash.slice(0, 12),
    informative: card.informative,
    says: SAYS[card.informative],
    n: card.n,
    independent: card.clusters,
    measures: { columns: ["measure", "value", "95% interval", "method"], rows: measuresOf(card) },
    confusion: {
      columns: ["people \\ judge", ...card.categories],
      rows: card.categories.map((category, i): Json[] => [category, ...(card.table[i] ?? []).map(four)]),
    },
    coverage: nonZero(card.coverage),
    labels: {
      name: labels.name,
      source: labels.source,
      ...(labels.level ? { level: labels.level } : {}),
      ...(labels.filter ? { filter: labels.filter } : {}),
      ...(labels.dataset ? { dataset: labels.dataset } : {}),
      ...(labels.sample ? { sample: labels.sample } : {}),
      ...(labels.threshold === null ? {} : { passAt: labels.threshold }),
    },
    ...(card.answeredBy.length > 0 ? { answeredBy: card.answeredBy } : {}),
    ...(card.guideline ? { guideline: card.guideline } : {}),
    ...(card.choseFirst === null ? {} : { choseFirst: four(card.choseFirst) }),
    ...(card.disagreements.length > 0
      ? {
          disagreements: {
            columns: ["item", "people", "judge"],
            rows: card.disagreements.map(({ item, people, judge }): Json[] => [item, people, judge]),
          },
        }
      : {}),
    ...(card.notes.length > 0 ? { notes: card.notes } : {}),
    made: new Date(card.createdUs / 1_000).toISOString().slice(0, 16),
  };
}
