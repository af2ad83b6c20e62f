import type { Request, Subject } from "./answers.ts";
import type { Outcome } from "./contract.ts";
import type { Member } from "./pool.ts";
import { EPSILON, isNoisy, type Run } from "./run.ts";

/** A child on the training cases that it was written for, beside its parent. */
export interface Comparison {
  readonly child: Subject;
  readonly parent: Member;
  readonly exampleIds: readonly string[];
}

/** Repeats in noisy searches at most, beside the first one, which chose the cases. */
const MOST_REPEATS = 4;
/** Standard errors of gain at which a noisy comparison passes: before the last repeat, and at it. */
const SURE = 1.8;
const ENOUGH = 1.3;
/** Standard errors of gain up to which further repeats are not worth their cost. */
const HOPELESS = 0.2;

export type GateVerdict = "pass" | "no_gain" | "missing" | "open";

export interface GateResult {
  readonly verdict: GateVerdict;
  /** Every case came out the same. */
  readonly idle: boolean;
  readonly before: number | null;
  readonly after: number | null;
}

function resultOf<O extends Outcome>(
  run: Run<O>,
  { child, parent, exampleIds }: Comparison,
  repeats: readonly number[],
): GateResult {
  let [count, before, after, changed] = [0, 0, 0, 0];
  for (const exampleId of exampleIds)
    for (const repeat of repeats) {
      const theirs = run.answers.score(parent.key, exampleId, repeat) ?? null;
      const ours = run.answers.score(child.key, exampleId, repeat) ?? null;
      if (theirs === null || ours === null) continue;
      count += 1;
      changed += Math.abs(ours - theirs) > EPSILON ? 1 : 0;
      before += theirs;
      after += ours;
    }
  if (count * 2 < exampleIds.length * repeats.length)
    return { verdict: "missing", idle: false, before: null, after: null };
  const gain = after - before;
  const verdict = isNoisy(run)
    ? noisyVerdict(gain / Math.sqrt(2 * count * (run.answers.noise ?? 0)), repeats.length)
    : gain > EPSILON
      ? "pass"
      : "no_gain";
  return { verdict, idle: changed === 0, before: before / count, after: after / count };
}

function noisyVerdict(z: number, repeats: number): GateVerdict {
  if (repeats >= MOST_REPEATS) return z >= ENOUGH ? "pass" : "no_gain";
  return z >= SURE ? "pass" : z <= HOPELESS ? "no_gain" : "open";
}

/** Cases that a comparison may need at most. */
export const mostGateCases = <O extends Outcome>(run: Run<O>): number =>
  run.settings.minibatch * (isNoisy(run) ? 2 * MOST_REPEATS : run.settings.repeats);

/**
 * Whether each child is better than its parent on its training cases, strictly. Where scores are noisy, on fresh
 * repeats of both: those that chose the cases favour the child, since they were chosen because the parent failed.
 * Repeats are added while it is open, so that clear cases cost little.
 */
export async function gate<O extends Outcome>(
  run: Run<O>,
  comparisons: readonly Comparison[],
): Promise<GateResult[]> {
  const noisy = isNoisy(run);
  const results: (GateResult | null)[] = comparisons.map(() => null);
  for (let round = 1; results.includes(null); round += 1) {
    const repeats = noisy
      ? Array.from({ length: round }, (_, i) => i + 1)
      : Array.from({ length: run.settings.repeats }, (_, i) => i);
    const requests: Request[] = comparisons.flatMap(({ child, parent, exampleIds }, i) => {
      if (results[i]) return [];
      const cases = exampleIds.flatMap((exampleId) => repeats.map((repeat) => ({ exampleId, repeat })));
      return [child, parent].map((subject) => ({ subject, cases }));
    });
    await run.answers.obtain(requests, "minibatch");
    for (const [i, comparison] of comparisons.entries()) {
      if (results[i]) continue;
      const result = resultOf(run, comparison, repeats);
      if (result.verdict !== "open") results[i] = result;
    }
  }
  return results.flatMap((result) => (result ? [result] : []));
}
