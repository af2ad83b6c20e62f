/** Where a window of history hangs on to what was known before. */
export interface Anchor {
  /** Items at the beginning that are not the continuation: a summary, a greeting, nothing (0). */
  readonly start: number;
  /** Items up to here are known; the rest follows what was known. */
  readonly known: number;
  /** Items that matched in a row. */
  readonly run: number;
  /** The rest follows the outputs too (true), or only the previous window, so that outputs may come first in it. */
  readonly afterTail: boolean;
}

/**
 * For each i, how many items before i in `text` equal the end of `pattern` (the Z algorithm on both reversed:
 * Gusfield, Algorithms on Strings, Trees and Sequences, 1997, chapter 1). Linear in both.
 */
export function suffixRuns(pattern: readonly number[], text: readonly number[]): Uint32Array {
  const joined = [...pattern.toReversed(), -1, ...text.toReversed()];
  const z = new Uint32Array(joined.length);
  let left = 0;
  let right = 0;
  for (let i = 1; i < joined.length; i += 1) {
    let length = i < right ? Math.min(right - i, z[i - left] ?? 0) : 0;
    while (i + length < joined.length && joined[length] === joined[i + length]) length += 1;
    z[i] = length;
    if (i + length > right) {
      left = i;
      right = i + length;
    }
  }
  const runs = new Uint32Array(text.length + 1);
  for (let i = 1; i <= text.length; i += 1) runs[i] = z[pattern.length + 1 + text.length - i] ?? 0;
  return runs;
}

/** Longest run; among equals one that begins the window, then the earliest, since that leaves most as new. */
function best(runs: Uint32Array): { known: number; run: number } {
  let found = { known: 0, run: 0 };
  for (let known = 1; known < runs.length; known += 1) {
    const run = runs[known] ?? 0;
    const better = run > found.run || (run === found.run && run === known && found.run !== found.known);
    if (run > 0 && better) found = { known, run };
  }
  return found;
}

export const beginsWith = (list: readonly number[], start: readonly number[]): boolean =>
  start.length <= list.length && start.every((key, i) => key === list[i]);

/**
 * Finds where `window` continues a conversation whose last window was `previous` and whose outputs since are
 * `tail`. Anchors on the last items, so words that are legitimately repeated earlier do not matter. Null: it
 * continues nothing of it.
 */
export function findAnchor(
  previous: readonly number[],
  tail: readonly number[],
  window: readonly number[],
): Anchor | null {
  if (previous.length > 0 && window.length > previous.length && beginsWith(window, previous))
    return { start: 0, known: previous.length, run: previous.length, afterTail: false };
  const afterTail = best(suffixRuns([...previous, ...tail], window));
  const afterWindow = best(suffixRuns(previous, window));
  const anchor = ({ known, run }: { known: number; run: number }, isTail: boolean): Anchor => ({
    start: known - run,
    known,
    run,
    afterTail: isTail,
  });
  const wholeTail = tail.length > 0 && afterTail.run >= tail.length;
  const beyond = afterTail.run > tail.length || afterTail.run === afterTail.known || afterWindow.run === 0;
  if (wholeTail && beyond) return anchor(afterTail, true);
  if (afterWindow.run > 0) return anchor(afterWindow, false);
  return afterTail.run > 0 ? anchor(afterTail, true) : null;
}
