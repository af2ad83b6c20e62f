import type { ChangedItem } from "../../store/schedule-store.ts";
import type { ItemOutcome, JudgeResult } from "./judge-drawn.ts";
import { countsOf, type LaneName, type Progress } from "./progress.ts";
import type { ScheduledJudge } from "./resolve.ts";

/** What was done about one item of a page: nothing when no judge drew it; undefined when it was not reached. */
export type Handled = "not drawn" | ItemOutcome | undefined;

const isOpen = (handled: Handled): boolean =>
  handled === undefined ||
  (handled !== "not drawn" && "results" in handled && handled.results.some(({ end }) => end === "outage"));

export const keyOf = ({ judge, rate, level }: ScheduledJudge) => ({
  judge: `${judge.name}${judge.version === null ? "" : `@${judge.version}`} ${judge.hash.slice(0, 8)}`,
  rate,
  level,
});

function count(progress: Progress, { by, end, pass }: JudgeResult): void {
  const counts = countsOf(progress, keyOf(by));
  if (end === "outage") return;
  if (end === "again") {
    counts.again += 1;
    return;
  }
  counts.drawn += 1;
  counts[end] += 1;
  if (end !== "judged" || pass === null) return;
  counts.decided += 1;
  if (pass) counts.passed += 1;
}

/**
 * Takes over what was done, in order, up to the first item that is still open, so that places and counts agree.
 * @returns how many items were taken over.
 */
export function merge(
  progress: Progress,
  name: LaneName,
  items: readonly ChangedItem[],
  handled: readonly Handled[],
): number {
  const open = items.findIndex((_, i) => isOpen(handled[i]));
  const done = open < 0 ? items.length : open;
  const lane = progress.lanes[name];
  for (const [i, item] of items.slice(0, done).entries()) {
    const one = handled[i];
    lane.place = item.place;
    lane.seen += 1;
    if (one === undefined || one === "not drawn") continue;
    if ("leftOut" in one) progress.leftOut[one.leftOut] += 1;
    else for (const result of one.results) count(progress, result);
  }
  return done;
}
