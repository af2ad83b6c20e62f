import { rounded } from "../../evaluation/words.ts";
import { present } from "../../privacy/present.ts";
import type { StoredEntry, StoredEvent } from "./events.ts";

const HYPOTHESIS_CHARS = 160;

/** Why an edit was not kept, for people. */
export const REASONS: Readonly<Record<string, string>> = {
  unchanged: "unchanged",
  duplicate: "tried before",
  near_duplicate: "nearly the same as one tried before",
  guard: "refused by a rule",
  no_gain_on_minibatch: "no gain on its training cases",
  lost_the_race: "dropped early on validation",
  worse_on_validation: "worse on validation",
  missing_data: "too few cases could be scored",
  failed: "no text came",
};

/** Why a search ended, for people. */
export const STOPS: Readonly<Record<string, string>> = {
  rollouts: "the most cases allowed were run",
  proposals: "the most proposals allowed were made",
  budget: "the budget, less what the final look takes, is used",
  no_improvement: "nothing got better for a long time",
  consecutive_failures: "no texts came any more",
  target_reached: "the score asked for is reached",
  all_perfect: "a candidate passes the whole validation",
  nothing_to_do: "no training case fails from which to learn",
  cancelled: "it was cancelled",
  stopped: "somebody asked it to end",
};

/** One line of a model's text: nothing in it steers a terminal, and it cannot begin a line of its own. */
export const oneLine = (text: string, maxChars = HYPOTHESIS_CHARS): string =>
  String(present(text.replaceAll(/\s+/g, " ").trim(), { maxChars }).value).replaceAll(/\s+/g, " ");

/** The beginning of such a line, for places of a fixed width. */
export function beginning(text: string, chars: number): string {
  const line = oneLine(text);
  return line.length > chars ? `${line.slice(0, chars - 1).trimEnd()}…` : line;
}

export const scoreText = (score: number | null): string =>
  score === null ? "unknown" : String(rounded(score));

const quoted = (hypothesis: string | null): string =>
  hypothesis === null ? "" : `: "${oneLine(hypothesis)}"`;

const change = (before: number | null, after: number | null): string =>
  before === null && after === null ? "" : ` (${scoreText(before)} -> ${scoreText(after)})`;

/**
 * An event of a campaign as one line for a person; null for those that say nothing new.
 * @param pool the candidates before the event.
 */
export function eventLine(event: StoredEvent, pool: readonly StoredEntry[]): string | null {
  switch (event.kind) {
    case "seed":
      return `seed      validation ${scoreText(event.entry.estimate)}, ${event.entry.length} characters`;
    case "accepted": {
      const { index, parents, estimate, hypothesis, length } = event.entry;
      const parent = pool[parents[0] ?? 0];
      const from = parents.length > 1 ? `merged from ${parents.join(" and ")}` : `from ${parents[0] ?? 0}`;
      const longer = length - (parent?.length ?? 0);
      return `accepted  ${index} ${from}, validation ${scoreText(parent?.estimate ?? null)} -> ${scoreText(estimate)}, ${longer < 0 ? "" : "+"}${longer} characters${quoted(hypothesis)}`;
    }
    case "rejected": {
      const { parent, reason, detail, before, after, hypothesis } = event.edit;
      const why = detail === null ? "" : `, ${oneLine(detail)}`;
      return `rejected  from ${parent}, ${REASONS[reason] ?? reason}${change(before, after)}${why}${quoted(hypothesis)}`;
    }
    case "failed":
      return `failed    ${oneLine(event.reason)}`;
    case "stopped":
      return `ended     ${STOPS[event.stop] ?? event.stop}`;
    default:
      return null;
  }
}
