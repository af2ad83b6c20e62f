import type { Census, IssueKind, SignalPower } from "../model/census.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { Rate } from "../statistics/youden.ts";
import { countOf, reachableGain, shareOfFrame } from "./estimate.ts";
import { OUTCOME_SIGNAL, powerOf, predicts } from "./power.ts";

const three = (value: number): number => Math.round(value * 1_000) / 1_000;

/** `0.12 [0.05, 0.2]` */
const rateWords = ({ estimate, interval }: Rate): string =>
  `${three(estimate)} [${three(interval.low)}, ${three(interval.high)}]`;

/** How well a kind tells failed ones from others; undefined where outcomes say too little. */
export function kindPower(census: Census, kind: IssueKind): SignalPower | undefined {
  const stored = census.power.find(({ signal }) => signal === kind.id);
  if (stored && kind.by === "signal") return stored;
  if (kind.id === OUTCOME_SIGNAL) return undefined;
  const members = new Set(kind.members);
  const within = kind.by === "notes" ? new Set(census.noted?.units ?? []) : null;
  const values = census.units.ids.map((_, i) => (within?.has(i) === false ? null : members.has(i) ? 1 : 0));
  const outcomes = census.units.outcome.map((said) => (said === 1 ? 1 : said === 0 ? 0 : -1));
  const others = census.kinds.filter(({ by, id }) => by === "notes" && id !== kind.id).length;
  const beside = (census.power[0]?.family ?? 0) + others;
  return powerOf([{ signal: kind.id, values }], outcomes, beside)[0];
}

function powerWords(census: Census, kind: IssueKind): string | null {
  if (kind.id === OUTCOME_SIGNAL) return "is the outcome itself";
  const power = kindPower(census, kind);
  if (!power) return null;
  const { auc, low, high } = power;
  const shown = `AUC ${three(auc)} [${three(low)}, ${three(high)}]`;
  return predicts(power) ? shown : `${shown}: not shown to predict`;
}

/** Kinds whose interval stays clear of .5, each with its AUC beside it. */
export const predictorsOf = (census: Census): Json[] =>
  census.kinds.flatMap((kind): Json[] => {
    const power = kindPower(census, kind);
    return power && predicts(power)
      ? [{ kind: kind.id, auc: three(power.auc), interval: [three(power.low), three(power.high)] }]
      : [];
  });

export interface RankedKind {
  readonly kind: IssueKind;
  readonly share: Rate;
  readonly gain: Rate | null;
}

/** Kinds with most to gain first; where no outcome is known, the most frequent. */
export const rankedKinds = (census: Census): readonly RankedKind[] =>
  census.kinds
    .map((kind) => ({ kind, share: shareOfFrame(census, kind), gain: reachableGain(census, kind) }))
    .sort((a, b) => (b.gain?.estimate ?? 0) - (a.gain?.estimate ?? 0) || b.share.estimate - a.share.estimate);

export const KIND_COLUMNS = [
  "kind",
  "layer",
  "count",
  "95% interval",
  "share",
  "gain at most",
  "predicts failure",
];

/** One kind's numbers, in the order of `KIND_COLUMNS`. */
export function kindRow(census: Census, { kind, share, gain }: RankedKind): Json[] {
  const { count, low, high } = countOf(share, census.frame);
  return [
    kind.id,
    kind.layer,
    count,
    low === high ? "exact" : `[${low}, ${high}]`,
    three(share.estimate),
    gain && rateWords(gain),
    powerWords(census, kind),
  ];
}

/** How often units with a known outcome failed; null when none is known. */
function outcomeWords({ units, outcome, outcomeBy }: Census): Json {
  const failed = units.outcome.filter((said) => said === 1).length;
  const ok = units.outcome.filter((said) => said === 0).length;
  return failed + ok === 0
    ? null
    : {
        by: outcomeBy ?? (outcome === null ? "people's feedback" : "the named feedback"),
        failed,
        ok,
        unknown: units.ids.length - failed - ok,
      };
}

/** What notes say of all, and of those in which no signal was found. */
function notedData(census: Census, noted: NonNullable<Census["noted"]>): JsonObject {
  const withSignal = new Set(census.kinds.flatMap(({ by, members }) => (by === "signal" ? members : [])));
  const { units, withIssue, by, unanswered } = noted;
  const silent = units.filter((unit) => !withSignal.has(unit));
  const issues = new Set(withIssue);
  return {
    written: units.length,
    by: by === "model" ? "a model" : "the assistant",
    withIssue: rateWords(shareOfFrame(census, { by: "notes", members: withIssue })),
    withoutSignal: silent.length,
    ofThoseWithIssue: silent.filter((unit) => issues.has(unit)).length,
    issueWithoutSignal: rateWords(
      shareOfFrame(census, { by: "notes", members: withIssue.filter((unit) => !withSignal.has(unit)) }),
    ),
    ...(unanswered > 0 ? { unanswered } : {}),
  };
}

/** What was looked at, how it was drawn, and what that allows to say. */
export function sampleData(census: Census): JsonObject {
  const { level, matching, frame, strata, units, noted } = census;
  const looked = units.ids.length;
  const outcomes = outcomeWords(census);
  return {
    level,
    ...(matching === null || matching === frame ? {} : { matching, drawnFrom: `the newest ${frame}` }),
    of: frame,
    lookedAt: looked,
    ...(noted === null ? {} : { notes: notedData(census, noted) }),
    ...(looked < frame
      ? {
          strata: {
            columns: ["stratum", "size", "drawn", "chance"],
            rows: strata.map(({ name, size, drawn }): Json[] => [
              name,
              size,
              drawn,
              three(drawn / Math.max(1, size)),
            ]),
          },
        }
      : {}),
    ...(outcomes === null
      ? {
          outcomes:
            "none known: no gain and no predictor can be told. outcome names the feedback that says how it went.",
        }
      : { outcomes }),
  };
}

/** What its reader must know of the numbers. */
export function censusNotes(census: Census): string[] {
  const { gone, rowsLeftOut, edits, units, noted } = census;
  const known = units.outcome.some((said) => said >= 0);
  return [
    "A signal is no verdict: read some members before acting on its count.",
    ...(known
      ? [
          "gain at most: the share of all that failed and are of the kind, as if nothing else had failed them; kinds overlap, so gains do not add up.",
          `predicts failure, predictors: AUC of the kind's strength; the intervals are widened so that all hold at once with 95 % (Bonferroni, family of ${Math.max(1, ...census.power.map(({ family }) => family))} signals and the kinds by notes).`,
        ]
      : []),
    ...(noted === null
      ? ["By signals alone: what they miss is counted once notes are written (notes, e.g. 30)."]
      : [
          "Kinds by notes (k_...) count what one reader wrote of some; their counts speak for all by weights. issueWithoutSignal: what signals miss.",
        ]),
    ...(gone > 0 ? [`${gone} that were drawn could not be read and count as not drawn.`] : []),
    ...(rowsLeftOut > 0
      ? [`${rowsLeftOut} rows or model calls of very long conversations were not looked at.`]
      : []),
    ...(edits.length > 0 ? [`Kinds were edited ${edits.length} times since they were found.`] : []),
  ];
}
