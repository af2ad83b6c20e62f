import type { Verdict, VerdictPart, VerdictReason } from "../../model/verdict.ts";
import type { Place } from "./question.ts";
import type { Reading } from "./read-verdict.ts";

/** What a judge says before threshold and negation. */
export type Outcome = Pick<Verdict, "state" | "value" | "label" | "rationale" | "reason" | "parts">;

export interface PlacedReading {
  readonly place: Place;
  readonly reading: Reading;
}

const unscored = (reason: VerdictReason, rationale: string | null, parts: VerdictPart[]): Outcome => ({
  state: "unscored",
  value: null,
  label: null,
  rationale,
  reason,
  parts,
});

/** One question: its label. A label that counts nowhere makes the judge not applicable. */
export function singleOutcome({ label, reason, rationale }: Reading): Outcome {
  if (label === null) return unscored(reason, rationale, []);
  return {
    state: label.value === null ? "not_applicable" : "scored",
    value: label.value,
    label: label.label,
    rationale,
    reason: null,
    parts: [],
  };
}

/**
 * Several places: the mean over those that count, with the worst one's rationale. One place without a label leaves the
 * whole unscored, since the mean of the rest would be a guess about it; its parts stay.
 */
export function meanOutcome(readings: readonly PlacedReading[]): Outcome {
  const parts = readings.map(({ place, reading: { label, rationale } }) => ({
    ...place,
    label: label?.label ?? null,
    value: label?.value ?? null,
    rationale,
  }));
  const [unread] = readings.flatMap(({ reading }) => (reading.label === null ? [reading] : []));
  if (unread) return unscored(unread.reason, unread.rationale, parts);
  const counted = parts.flatMap(({ value, rationale }) => (value === null ? [] : [{ value, rationale }]));
  const [worst] = counted.toSorted((a, b) => a.value - b.value);
  const none = { label: null, reason: null, parts };
  if (worst === undefined)
    return { state: "not_applicable", value: null, rationale: parts[0]?.rationale ?? null, ...none };
  const mean = counted.reduce((sum, { value }) => sum + value, 0) / counted.length;
  return { state: "scored", value: mean, rationale: worst.rationale, ...none };
}

/**
 * Turns, each judged by itself: the mean over those that count. A turn of which the judge cannot tell counts nowhere, as
 * where its question does not arise; one whose label cannot be read leaves the whole unscored.
 */
export function turnsOutcome(readings: readonly PlacedReading[]): Outcome {
  const whole = meanOutcome(readings);
  const told = readings.filter(({ reading }) => reading.label !== null || reading.reason !== "cannot_tell");
  if (told.length === readings.length || told.length === 0) return whole;
  const { parts: _, ...rest } = meanOutcome(told);
  return { ...rest, parts: whole.parts };
}

/** What the value of one of two answers means for it. */
export const sideOf = (value: number): "win" | "loss" | "tie" =>
  value > 0.5 ? "win" : value < 0.5 ? "loss" : "tie";

/**
 * Two answers asked about in both orders; a label's value is for the answer shown first. Win, loss or tie of the one that
 * was first in the first order. Orders that disagree make a tie with reason `order_disagreement`. `parts` are the two
 * orders, their labels from the same answer's side.
 */
export function pairOutcome(first: Reading, second: Reading): Outcome {
  const forFirst = first.label?.value ?? null;
  const forSecond = second.label?.value ?? null;
  const values = [forFirst, forSecond === null ? null : 1 - forSecond] as const;
  const parts = [first, second].map(({ rationale }, i) => {
    const value = values[i] ?? null;
    return { spanId: null, turn: null, label: value === null ? null : sideOf(value), value, rationale };
  });
  for (const reading of [first, second])
    if (reading.label === null) return unscored(reading.reason, reading.rationale, parts);
  const [one, other] = values;
  const rationale = first.rationale;
  if (one === null || other === null)
    return { state: "not_applicable", value: null, label: null, rationale, reason: null, parts };
  const agree = sideOf(one) === sideOf(other);
  const value = agree ? (one + other) / 2 : 0.5;
  return {
    state: "scored",
    value,
    label: sideOf(value),
    rationale,
    reason: agree ? null : "order_disagreement",
    parts,
  };
}
