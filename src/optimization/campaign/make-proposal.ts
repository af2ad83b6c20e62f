import { rounded } from "../../evaluation/words.ts";
import type { Comparison } from "../../model/comparison.ts";
import type { Optimization } from "../../model/optimization.ts";
import type { ProposalBody, ProposalVerdict } from "../../model/proposal.ts";
import { whyNotVerified } from "./caveats.ts";
import { flipsBetween } from "./event-log.ts";
import type { StoredEntry, StoredEvent } from "./events.ts";
import { summaryOf } from "./find.ts";
import { poolOf } from "./pool.ts";

/** Characters of all hypotheses of a line together. */
const MOST_HYPOTHESES = 2_000;

export interface ProposalFacts {
  readonly optimization: Optimization;
  readonly events: readonly StoredEvent[];
  readonly seed: StoredEntry;
  readonly candidate: StoredEntry;
  /** Of the look at the holdout; null: there is none. */
  readonly compared: {
    readonly comparison: Comparison;
    readonly count: number;
    /** How the sealed examples are like those of the search; null: they are not. */
    readonly likeSearch: string | null;
  } | null;
  readonly patch: string | null;
}

function verdictOf({ optimization, compared }: ProposalFacts): ProposalVerdict {
  if (compared === null || whyNotVerified(optimization.setup, summaryOf(optimization)) !== null)
    return "not_verified";
  const { verdict } = compared.comparison;
  return verdict === "better" || verdict === "worse" ? verdict : "not_shown";
}

const WORDS = {
  better: "Better on sealed examples",
  worse: "Worse on sealed examples",
  not_shown: "Not shown: the sealed examples show no difference",
  not_verified: "Not verified",
} as const;

function sentenceOf(facts: ProposalFacts, verdict: ProposalVerdict): string {
  const { optimization, compared } = facts;
  const summary = summaryOf(optimization);
  const { seed, chosen } = summary;
  const { index, estimate, coverage } = facts.candidate;
  const corrected =
    index === chosen.index ? ` (${rounded(chosen.corrected)} without the luck of the choice)` : "";
  const part = coverage < 1 ? `, seen on ${Math.round(coverage * 100)} % of it` : "";
  const validation = `on validation ${rounded(seed)} to ${rounded(estimate)}${corrected}${part}`;
  if (compared === null) return `${WORDS.not_verified}: there is no holdout to look at; ${validation}.`;
  const why = whyNotVerified(optimization.setup, summary);
  return `${WORDS[verdict]}${why === null ? "" : `: ${why}`}. ${compared.comparison.sentence} ${validation.charAt(0).toUpperCase()}${validation.slice(1)}.`;
}

const counted = (examples: number): string =>
  examples === 1 ? "the one training example" : `the ${examples} training examples`;

/** What each edit on the way from the seed was to mend, the first one first: the change holds them all. */
function hypothesesOf({ events, candidate }: ProposalFacts): string | null {
  const pool = poolOf(events);
  const line = new Set<StoredEntry>();
  const climb = (entry: StoredEntry | undefined): void => {
    if (!entry || line.has(entry)) return;
    line.add(entry);
    for (const parent of entry.parents) climb(pool[parent]);
  };
  climb(candidate);
  const said = [...line]
    .sort((a, b) => a.index - b.index)
    .flatMap(({ hypothesis }) => hypothesis?.replaceAll(/\s+/g, " ").trim() || []);
  const sentences = [...new Set(said)].map((one) => (/[.!?]$/.test(one) ? one : `${one}.`));
  return sentences.length === 0 ? null : sentences.join(" ").slice(0, MOST_HYPOTHESES);
}

function limitsOf(facts: ProposalFacts, verdict: ProposalVerdict): string[] {
  const { optimization, compared } = facts;
  const { setup } = optimization;
  const { tripwires, warnings, noise, train } = summaryOf(optimization);
  const primary = compared?.comparison.judges.find((judge) => judge.primary);
  return [
    ...warnings,
    ...tripwires.map(({ says }) => `tripwire: ${says}`),
    ...(compared?.comparison.warnings ?? []),
    ...(compared?.likeSearch ? [compared.likeSearch] : []),
    ...(primary?.settles && verdict === "not_shown" ? [primary.settles] : []),
    ...(train.paired
      ? [`train scores are of ${counted(train.examples)} that both answered`]
      : ["train scores are of different examples before and after: they cannot be compared"]),
    ...(noise !== null && noise > 0 ? [`scores vary when repeated (variance ${rounded(noise)})`] : []),
    ...(setup.trainIsValidation ? [] : ["validation scores chose the candidate and are too good by nature"]),
    "sealing prevents selection on the holdout; it is not secrecy from a shell",
  ].filter((limit, i, all) => all.indexOf(limit) === i);
}

const changesOf = ({ optimization, seed, candidate }: ProposalFacts): ProposalBody["changes"] =>
  optimization.setup.components.flatMap(({ name, prompt }) => {
    const [before, after] = [seed.components[name] ?? "", candidate.components[name] ?? ""];
    return before === after ? [] : [{ component: name, prompt, before, after }];
  });

const scoresOf = (entry: StoredEntry): Map<string, number | null> => new Map(Object.entries(entry.scores));

/** The proposal that a finished campaign makes: the change, and all that is known for and against it. */
export function makeProposal(facts: ProposalFacts): ProposalBody {
  const { optimization, seed, candidate, compared, patch } = facts;
  const { train, chosen } = summaryOf(optimization);
  const isChosen = candidate.index === chosen.index;
  const primary = compared?.comparison.judges.find((judge) => judge.primary);
  const verdict = verdictOf(facts);
  const { watchJudges } = optimization.setup;
  return {
    optimization: optimization.id,
    candidate: candidate.index,
    hypothesis: hypothesesOf(facts),
    changes: changesOf(facts),
    patch,
    verdict,
    sentence: sentenceOf(facts, verdict),
    scores: {
      train: { before: isChosen ? train.seed : null, after: isChosen ? train.chosen : null },
      validation: { before: seed.estimate, after: candidate.estimate },
      validationCorrected: isChosen ? chosen.corrected : null,
      holdout: { before: primary?.baseline ?? null, after: primary?.candidate ?? null },
    },
    flips: flipsBetween(scoresOf(seed), scoresOf(candidate)),
    length: { before: seed.length, after: candidate.length },
    comparison: compared?.comparison ?? null,
    look: compared?.count ?? null,
    ...(watchJudges.length === 0 ? {} : { watchJudges }),
    limits: limitsOf(facts, verdict),
    history: [],
  };
}
