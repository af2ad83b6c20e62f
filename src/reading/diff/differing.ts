import type { Aligned } from "./align.ts";
import type { Step } from "./step.ts";

/**
 * - `arguments`, `result`: the same call with others
 * - `words`: the same model or user said something else
 * - `missing`, `added`: only the first or the second run has it
 */
export type Difference = "same" | "arguments" | "result" | "words" | "missing" | "added";

export interface DiffPair {
  readonly difference: Difference;
  readonly a: Step | null;
  readonly b: Step | null;
  /** Places among the steps of each run, from 1. */
  readonly placeA: number | null;
  readonly placeB: number | null;
}

const speaks = ({ kind }: Step): boolean => kind === "llm" || kind === "user" || kind === "error";

function differenceOf(a: Step | null, b: Step | null): Difference {
  if (!a) return "added";
  if (!b) return "missing";
  if (a.given !== b.given) return speaks(a) ? "words" : "arguments";
  if (a.got !== b.got) return speaks(a) ? "words" : "result";
  return "same";
}

export const pairsOf = (
  pairs: readonly Aligned[],
  first: readonly Step[],
  second: readonly Step[],
): readonly DiffPair[] =>
  pairs.map(({ a, b }) => {
    const [of, and] = [a === null ? null : (first[a] ?? null), b === null ? null : (second[b] ?? null)];
    return {
      difference: differenceOf(of, and),
      a: of,
      b: and,
      placeA: a === null ? null : a + 1,
      placeB: b === null ? null : b + 1,
    };
  });

export interface Divergences {
  /** The first step that differs in any way. */
  readonly first: DiffPair | undefined;
  /** The first that differs in what was done, not only in a model's words. */
  readonly deed: DiffPair | undefined;
}

export const divergencesOf = (pairs: readonly DiffPair[]): Divergences => ({
  first: pairs.find(({ difference }) => difference !== "same"),
  deed: pairs.find(
    ({ difference, a }) => difference !== "same" && !(difference === "words" && a?.kind === "llm"),
  ),
});
