import { drawn } from "../evaluation/find-items.ts";
import type { CalibrationCard } from "../model/calibration.ts";
import { wilsonInterval } from "../statistics/proportions.ts";
import { judgedCategory, type Scale } from "./compare-labels.ts";
import { estimated, LEVEL } from "./interval-of.ts";
import type { LabelledItem } from "./labelled-item.ts";
import { type AllObtained, type Obtaining, obtainVerdicts } from "./obtain-verdicts.ts";

/** Items that are asked again. */
export const ASKED_AGAIN = 20;

export interface Repeated {
  readonly repeatability: CalibrationCard["repeatability"];
  readonly held: AllObtained["held"];
}

/**
 * Asks a sample of items again and again. An item is flipped when a later verdict is not the first one; one that has no
 * verdict the second time is flipped too.
 */
export async function repeatabilityOf(
  obtaining: Obtaining,
  items: readonly LabelledItem[],
  first: AllObtained["verdicts"],
  scale: Scale,
  repeats: number,
): Promise<Repeated> {
  if (repeats === 0 || obtaining.judge.kind === "code") return { repeatability: null, held: [] };
  const sample = drawn(items, ASKED_AGAIN, obtaining.projectId, "asked again");
  const { judge, judging } = obtaining;
  const again: AllObtained[] = [];
  for (let take = 1; take <= repeats; take += 1)
    again.push(await obtainVerdicts({ ...obtaining, judging: { ...judging, take } }, sample));
  const held = again.flatMap((one) => one.held);
  const decided = sample.flatMap(({ id }) => {
    const verdict = first.get(id)?.verdict;
    const category = verdict ? judgedCategory(verdict, scale, judge) : null;
    return category === null ? [] : [{ id, category }];
  });
  if (held.length > 0 || decided.length === 0) return { repeatability: null, held };
  const flipped = decided.filter(({ id, category }) =>
    again.some(({ verdicts }) => {
      const verdict = verdicts.get(id)?.verdict;
      return !verdict || judgedCategory(verdict, scale, judge) !== category;
    }),
  ).length;
  const n = decided.length;
  const flipRate = estimated(flipped / n, wilsonInterval(flipped, n, LEVEL), "wilson");
  return { repeatability: { items: n, repeats, flipped, flipRate }, held };
}
