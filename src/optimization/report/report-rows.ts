import { intervalWords, rounded } from "../../evaluation/words.ts";
import type { Json } from "../../model/json.ts";
import { decide } from "../../statistics/decide.ts";
import { TRAIN_IS_VALIDATION } from "../campaign/caveats.ts";
import { oneLine, REASONS, STOPS, scoreText } from "../campaign/event-words.ts";
import type { StoredEntry, StoredEvent } from "../campaign/events.ts";
import type { ReportFacts } from "./report-facts.ts";

const HYPOTHESIS_CHARS = 300;

const hypothesisOf = (text: string | null): string => (text === null ? "" : oneLine(text, HYPOTHESIS_CHARS));

/** What the campaign is of, as names and values. */
export function setupRows({ optimization }: ReportFacts): Json[][] {
  const {
    dataset,
    examples,
    target,
    judges,
    primary,
    objectives,
    proposer,
    model,
    search,
    seed,
    components,
  } = optimization.setup;
  const commit = target.commit === null ? "" : ` at ${target.commit.slice(0, 12)}`;
  return [
    ["dataset", `${dataset.name}@${dataset.version} (${dataset.hash.slice(0, 12)})`],
    ["examples", `${examples.train} train, ${examples.validation} validation, ${examples.holdout} sealed`],
    [
      "target",
      `${target.kind} ${oneLine(target.name)}${commit}${target.dirty ? " with uncommitted changes" : ""}`,
    ],
    [
      "texts",
      components.map(({ name, text }) => `${oneLine(name)} (${text.length} characters)`).join(", ") || "code",
    ],
    [
      "judges",
      judges
        .map(
          ({ name, version, hash }) =>
            `${name}${version === null ? "" : `@${version}`}${name === primary ? ", which decides" : ""} (${hash.slice(0, 12)})`,
        )
        .join("; "),
    ],
    ...(objectives.length > 0 ? [["also preferred", objectives.join(", ")]] : []),
    ["proposer", model === null ? proposer : `${proposer} ${oneLine(model)}`],
    [
      "search",
      `minibatch ${search.minibatch}, repeats ${search.repeats}, ${search.proposalsPerStep} at a time, frontier by ${search.frontier}${search.racing ? ", racing" : ""}${search.merge ? ", merging" : ""}`,
    ],
    ["seed of randomness", oneLine(seed)],
  ];
}

const limitText = (limit: number | null | undefined): string => (limit == null ? "no limit" : String(limit));

/** What was used, and of how much. The final look pays from what is left. */
export function budgetRows({ optimization, events, spend }: ReportFacts): Json[][] {
  const { search } = optimization.setup;
  const { rollouts = 0, proposals = 0 } = events.at(-1)?.progress ?? {};
  const { budget, spent } = spend;
  const unpriced = spent.unpriced > 0 ? `, ${spent.unpriced} calls of unknown price` : "";
  return [
    ["cases", String(rollouts), limitText(search.maxRollouts)],
    ["proposals", String(proposals), limitText(search.maxProposals)],
    ["calls", String(spent.calls), limitText(budget.calls)],
    ["tokens", String(spent.tokens), limitText(budget.tokens)],
    ["US dollars", `${spent.usd.toFixed(4)}${unpriced}`, limitText(budget.usd)],
    ...(spent.lost > 0 ? [["calls lost in a kill", String(spent.lost), ""]] : []),
    ...(budget.minutes === undefined ? [] : [["minutes", "", String(budget.minutes)]]),
  ];
}

/** The difference on the validation examples that both were run on. It chose the candidate: its interval is too good. */
export function validationDifference(seed: StoredEntry, chosen: StoredEntry) {
  const pairs = Object.entries(chosen.scores).map(([exampleId, candidate]) => ({
    exampleId,
    cluster: null,
    baseline: seed.scores[exampleId] ?? null,
    candidate,
  }));
  const { pairs: n, findings } = decide(pairs, { seed: "report", bounds: [0, 1] });
  const { low = null, high = null, level = 0.95 } = findings?.interval ?? {};
  if (findings === null || low === null || high === null) return { n, difference: null, interval: null };
  return {
    n,
    difference: findings.difference,
    interval: { low, high, level, method: findings.intervalMethod },
  };
}

/** Of a look, the primary judge's word. */
export function holdoutDifference({ proposals }: ReportFacts) {
  const primary = proposals[0]?.body.comparison?.judges.find((judge) => judge.primary);
  return primary ?? null;
}

/** Train, validation and holdout side by side. */
export function scoreTable(facts: ReportFacts): Json[][] {
  const { summary, pool, chosen } = facts;
  const [seed] = pool;
  if (!seed || !chosen) return [];
  const validation = validationDifference(seed, chosen);
  const holdout = holdoutDifference(facts);
  const isChosen = summary?.chosen.index === chosen.index;
  return [
    ...(summary && isChosen
      ? [
          [
            "train",
            summary.train.examples,
            rounded(summary.train.seed),
            rounded(summary.train.chosen),
            null,
            "",
            summary.train.paired
              ? "learnt from"
              : "learnt from; the two were run on different ones, so they cannot be compared",
          ],
        ]
      : []),
    [
      "validation",
      validation.n,
      rounded(seed.estimate),
      rounded(chosen.estimate),
      rounded(validation.difference),
      intervalWords(validation.interval),
      "chose the candidate, so too good",
    ],
    ...(summary && isChosen
      ? [
          [
            "validation, corrected",
            validation.n,
            null,
            rounded(summary.chosen.corrected),
            null,
            "",
            "without the luck of the choice",
          ],
        ]
      : []),
    holdout
      ? [
          "holdout",
          holdout.n,
          rounded(holdout.baseline),
          rounded(holdout.candidate),
          rounded(holdout.difference),
          intervalWords(holdout.interval),
          "sealed: decides",
        ]
      : ["holdout", null, null, null, null, "", "not looked at"],
  ];
}

export const SCORE_COLUMNS = [
  "examples of",
  "n",
  "seed",
  "candidate",
  "difference",
  "interval",
  "what it is",
];

function heldWords(entry: StoredEntry, parent: StoredEntry | undefined): string {
  const [before, after] = [parent?.estimate ?? null, entry.estimate];
  const scores = `${scoreText(before)} -> ${scoreText(after)}`;
  const part = entry.coverage < 1 ? ` on ${Math.round(entry.coverage * 100)} % of it` : "";
  if (before === null || after === null) return `not known (${scores})`;
  if (after === before) return `on its training cases, not on validation (${scores}${part})`;
  return after > before ? `yes, validation ${scores}${part}` : `no, validation ${scores}${part}`;
}

export const ATTEMPT_COLUMNS = [
  "step",
  "candidate",
  "from",
  "what it should mend",
  "did it hold?",
  "train gained",
  "lost",
];

/** Everything that was tried, in order: its hypothesis, and whether it held. */
export const attemptRows = ({ events, pool }: ReportFacts): Json[][] =>
  events.flatMap((event: StoredEvent): Json[][] => {
    if (event.kind === "accepted") {
      // As it stands at the end, when more of the validation may have been seen.
      const entry = pool[event.entry.index] ?? event.entry;
      const { index, parents, hypothesis, iteration } = entry;
      const from = parents.length > 1 ? `${parents.join(" + ")} merged` : String(parents[0] ?? 0);
      const held = heldWords(entry, pool[parents[0] ?? 0]);
      const { gained, lost } = event.flips;
      return [[iteration, String(index), from, hypothesisOf(hypothesis), held, gained.length, lost.length]];
    }
    if (event.kind === "rejected") {
      const { iteration, parent, reason, detail, before, after, hypothesis } = event.edit;
      const scores =
        before === null && after === null ? "" : ` (${scoreText(before)} -> ${scoreText(after)})`;
      const why = `no: ${REASONS[reason] ?? reason}${scores}${detail === null ? "" : `; ${oneLine(detail)}`}`;
      const { gained, lost } = event.flips;
      return [
        [iteration, "rejected", String(parent), hypothesisOf(hypothesis), why, gained.length, lost.length],
      ];
    }
    if (event.kind === "failed")
      return [[event.iteration, "none", "", "", `no text came: ${oneLine(event.reason)}`, 0, 0]];
    return [];
  });

/** What the evidence does not cover; tripwires by name, with what they say. */
export function limitLines({ summary, proposals, optimization }: ReportFacts): string[] {
  const tripped = summary?.tripwires ?? [];
  const lines = [
    ...(optimization.setup.trainIsValidation ? [TRAIN_IS_VALIDATION] : []),
    ...tripped.map(({ says }) => `tripwire: ${says}`),
    ...(proposals[0]?.body.limits ?? summary?.warnings ?? []),
  ];
  return [
    ...(summary && tripped.length === 0
      ? ["no tripwire tripped: refusals, length of answers, exclusions, score without completion"]
      : []),
    ...lines.filter((line, i) => lines.indexOf(line) === i),
  ];
}

/** One sentence: what came of it. */
export function verdictSentence({ summary, proposals, optimization }: ReportFacts): string {
  const [proposal] = proposals;
  if (proposal) return proposal.body.sentence;
  if (!summary)
    return `Not ended: ${optimization.stopRequested ? "it was asked to end" : "the search goes on"}.`;
  if (summary.chosen.index === 0)
    return `Not shown: no candidate was better than the seed on validation (${scoreText(summary.seed)}), so the holdout was not looked at.`;
  return `Not verified: the search chose candidate ${summary.chosen.index} (validation ${scoreText(summary.seed)} -> ${scoreText(summary.chosen.score)}); the holdout has not been looked at.`;
}

export const stopSentence = ({ summary }: ReportFacts): string | null =>
  summary === null ? null : `The search ended: ${STOPS[summary.stop] ?? summary.stop}.`;

export const lengthSentence = ({ pool, chosen }: ReportFacts): string | null =>
  pool[0] && chosen ? `Length of the texts: ${pool[0].length} to ${chosen.length} characters.` : null;
