import type { Request, Subject } from "./answers.ts";
import type { Outcome, RejectReason } from "./contract.ts";
import type { Member } from "./pool.ts";
import { EPSILON, isNoisy, obtainIfAfforded, type Run } from "./run.ts";

/** A child on the validation beside its parent (after a merge, the better of the two). */
export interface Racer extends Subject {
  readonly rival: Member;
}

export type Finish =
  | { readonly kept: true; readonly depth: number }
  | {
      readonly kept: false;
      readonly reason: RejectReason;
      readonly detail: string | null;
      readonly before: number | null;
      readonly after: number | null;
    };

interface Standing {
  readonly count: number;
  readonly gain: number;
  readonly wins: number;
  readonly losses: number;
  /** Mean gain in standard errors; 0 when nothing differs. */
  readonly z: number;
  readonly before: number;
  readonly after: number;
}

function standingOf<O extends Outcome>(run: Run<O>, { key, rival }: Racer, depth: number): Standing {
  let [count, wins, losses, gain, squares, before, after] = [0, 0, 0, 0, 0, 0, 0];
  for (let position = 0; position < depth; position += 1) {
    const ours = run.pool.ownScore(key, position);
    const theirs = run.pool.ownScore(rival.key, position);
    const difference = ours - theirs;
    if (Number.isNaN(difference)) continue;
    count += 1;
    wins += difference > EPSILON ? 1 : 0;
    losses += difference < -EPSILON ? 1 : 0;
    gain += difference;
    squares += difference * difference;
    before += theirs;
    after += ours;
  }
  const mean = gain / count;
  const spread = count > 1 ? Math.max(0, squares - count * mean * mean) / (count - 1) : 0;
  const variance = Math.max(spread, (2 * (run.answers.noise ?? 0)) / run.settings.repeats);
  const z = variance > 0 ? mean / Math.sqrt(variance / count) : 0;
  return { count, gain, wins, losses, z, before: before / count, after: after / count };
}

const lost = (reason: RejectReason, standing: Standing, size: number): Finish => ({
  kept: false,
  reason,
  detail: `better on ${standing.wins}, worse on ${standing.losses} of ${standing.count} validation examples (of ${size})`,
  before: Number.isNaN(standing.before) ? null : standing.before,
  after: Number.isNaN(standing.after) ? null : standing.after,
});

/** Standard errors below its rival at which a noisy racer is dropped. */
const LOSING = 1.5;

/** null: it goes on to the next block. */
function judge<O extends Outcome>(run: Run<O>, racer: Racer, depth: number): Finish | null {
  const { racing, validation } = run.settings;
  const size = validation.length;
  const standing = standingOf(run, racer, depth);
  if (standing.count * 2 < depth) return lost("missing_data", standing, size);
  if (!racing) return { kept: true, depth };
  const last = depth >= size;
  if (isLosing(run, standing, last))
    return lost(last ? "worse_on_validation" : "lost_the_race", standing, size);
  const settled = isNoisy(run) || standing.gain > EPSILON || depth * 2 >= size;
  return settled ? { kept: true, depth } : null;
}

function isLosing<O extends Outcome>(run: Run<O>, { gain, wins, z }: Standing, last: boolean): boolean {
  if (isNoisy(run)) return z < -LOSING;
  return gain < -EPSILON && (last || wins === 0 || z < -1);
}

/**
 * Validation by racing: all racers see the same blocks in the same order, each beside its rival on the same cases, and
 * leave when they have won or lost. What cannot be paid any more ends the race where it stands.
 */
export async function race<O extends Outcome>(
  run: Run<O>,
  racers: readonly Racer[],
  purpose: "race" | "merge",
): Promise<Finish[]> {
  const size = run.settings.validation.length;
  const finishes: (Finish | null)[] = racers.map(() => null);
  let seen = 0;
  for (let depth = run.settings.firstBlock, block = 1; ; depth = Math.min(size, depth * 2), block += 1) {
    const open = racers.filter((_, i) => finishes[i] === null);
    if (open.length === 0) break;
    const requests: Request[] = open.flatMap((racer) => [
      { subject: racer, cases: run.pool.casesOf(0, depth) },
      { subject: racer.rival, cases: run.pool.casesOf(0, depth) },
    ]);
    const stop = await obtainIfAfforded(run, `${run.iteration}:${purpose}:${block}`, requests);
    if (!stop) for (const { rival } of open) if (rival.depth < depth) run.pool.deepen(rival, depth);
    for (const [i, racer] of racers.entries())
      finishes[i] ??= stop ? { kept: true, depth: seen } : judge(run, racer, depth);
    seen = depth;
  }
  return finishes.flatMap((finish) => (finish ? [finish] : []));
}
