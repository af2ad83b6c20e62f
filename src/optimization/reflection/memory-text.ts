import { cutMiddle } from "../../judges/model/fit-text.ts";
import type { Writer } from "../../judges/model/writer.ts";
import type { Outcome, PoolEntry, RejectedEdit, RejectReason, WorkOrder } from "../search/contract.ts";
import { changesOf } from "./changes.ts";
import { numberText } from "./number-text.ts";

const HYPOTHESIS_CHARS = 400;
const CHANGE_CHARS = 240;
/** Sentences of one rejected edit that are shown. */
const MOST_CHANGES = 6;

const REASONS: Readonly<Record<RejectReason, string>> = {
  unchanged: "it changed nothing",
  duplicate: "it was tried before",
  near_duplicate: "nearly the same was tried before",
  guard: "a check refused it",
  no_gain_on_minibatch: "no better than its parent on the training cases that it was written for",
  lost_the_race: "dropped during validation, without a chance to win",
  worse_on_validation: "worse on validation",
  missing_data: "too few cases could be scored",
  turned_down: "turned down by a person, or taken back, after an earlier campaign",
};

const cutTo = (text: string, max: number): string =>
  cutMiddle(text, max, (chars) => `[${chars} characters left out]`).text;

const saying = (hypothesis: string | null, writer: Writer): string =>
  oneLine(hypothesis ?? "", writer) || "no hypothesis given";

const oneLine = (text: string, writer: Writer): string =>
  cutTo(writer.clean(text).replaceAll(/\s+/g, " ").trim(), HYPOTHESIS_CHARS).replaceAll("\n", " ");

interface Gain {
  readonly change: number;
  readonly examples: number;
}

/** Mean change over the validation examples that both have a score for; null without any. */
export function validationGain(child: PoolEntry, parent: PoolEntry): Gain | null {
  const ids = [...child.scores.keys()].sort();
  const changes = ids.flatMap((id) => {
    const [now, before] = [child.scores.get(id) ?? null, parent.scores.get(id) ?? null];
    return now === null || before === null ? [] : [now - before];
  });
  if (changes.length === 0) return null;
  const sum = changes.reduce((total, change) => total + change, 0);
  return { change: sum / changes.length, examples: changes.length };
}

function heldWords(gain: Gain | null): string {
  if (gain === null) return "not known whether it held";
  const on = `${gain.examples} validation examples`;
  if (gain.change > 0) return `it held: score +${numberText(gain.change)} on ${on}`;
  return `it did not hold: score ${gain.change === 0 ? "unchanged" : numberText(gain.change)} on ${on}`;
}

/**
 * How the present text came about, from the seed on, one row a candidate: what each edit was meant to do, and whether
 * validation bore it out. Of validation only means are told.
 */
export function lineageRows(lineage: readonly PoolEntry[], writer: Writer): readonly string[] {
  return lineage.toReversed().map((entry, i, fromSeed) => {
    const score = `validation score ${numberText(entry.estimate ?? entry.mean)}`;
    const before = fromSeed[i - 1];
    if (before === undefined || entry.index === 0) return `seed: ${score}, ${entry.length} characters`;
    const merged = entry.parents.length > 1 ? ", merged from two candidates" : "";
    const held = heldWords(validationGain(entry, before));
    return `candidate ${entry.index}${merged}: ${score}, ${entry.length} characters. Hypothesis: ${saying(entry.hypothesis, writer)} (${held})`;
  });
}

function changeRows(edit: RejectedEdit, before: Readonly<Record<string, string>>, writer: Writer): string[] {
  const changes = Object.entries(edit.components).flatMap(([name, text]) =>
    changesOf(before[name] ?? "", text).map((change) => cutTo(writer.clean(change), CHANGE_CHARS)),
  );
  const shown = changes.slice(0, MOST_CHANGES).map((change) => `  ${change.replaceAll("\n", "\n    ")}`);
  const more = changes.length - shown.length;
  return more > 0 ? [...shown, `  (${more} further changes not shown)`] : shown;
}

function numbersOf({ before, after }: RejectedEdit): string {
  return before === null && after === null
    ? ""
    : `, score ${numberText(before)} before and ${numberText(after)} after`;
}

/** Edits that were refused, one block each: what was changed and meant, why it was refused, with numbers. */
export function rejectedRows<O extends Outcome>(
  { rejected, lineage, parent }: WorkOrder<O>,
  writer: Writer,
): readonly string[] {
  return rejected.map((edit) => {
    const base = [parent, ...lineage].find(({ index }) => index === edit.parent);
    const of = edit.parent === parent.index ? "of this text" : `of candidate ${edit.parent}`;
    const detail = edit.detail === null ? "" : ` (${oneLine(edit.detail, writer)})`;
    const changes = base === undefined ? [] : changeRows(edit, base.candidate.components, writer);
    return [
      `edit ${of}: ${saying(edit.hypothesis, writer)}`,
      ...changes,
      `  refused: ${REASONS[edit.reason]}${detail}${numbersOf(edit)}`,
    ].join("\n");
  });
}
