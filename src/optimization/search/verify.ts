import { bestOf, pairedDifference } from "./choose.ts";
import type { Outcome, StopReason } from "./contract.ts";
import { type Member, meanKnown } from "./pool.ts";
import { EPSILON, emit, isNoisy, obtainIfAfforded, type Run, updateBest } from "./run.ts";

/** Candidates taken to the whole validation at one end at most. */
const MOST_FINALISTS = 4;
/** In noisy searches, generations after which a line of descent is looked at on the whole validation. */
const GENERATIONS = 6;

/** Rollouts kept back so that the best can be taken to the whole validation. */
export const reserveOf = <O extends Outcome>({ settings }: Run<O>): number =>
  (settings.validation.length - settings.firstBlock) * settings.repeats;

/** Shows a candidate the rest of the validation; why not, when it cannot be paid. */
async function complete<O extends Outcome>(run: Run<O>, member: Member): Promise<StopReason | null> {
  const size = run.settings.validation.length;
  if (member.depth >= size) return null;
  const request = { subject: member, cases: run.pool.casesOf(member.depth, size) };
  const stop = await obtainIfAfforded(run, `${run.iteration}:whole:${member.index}`, [request]);
  if (stop) return stop;
  run.pool.deepen(member, size);
  updateBest(run);
  await emit(run, { kind: "validated", entry: run.pool.entry(member) });
  return null;
}

/** What the best may reach: its score on what it has seen, as long as that is not all. */
export function promise<O extends Outcome>({ pool, settings }: Run<O>): number {
  const best = bestOf(pool.members);
  if (!best) return Number.NaN;
  const seen = best.scores.subarray(0, best.depth);
  return best.depth < settings.validation.length ? Math.max(best.estimate, meanKnown(seen)) : best.estimate;
}

/** Takes the best to the whole validation, and whoever is the best then, until that one has seen all of it. */
export async function verifyBest<O extends Outcome>(run: Run<O>): Promise<StopReason | null> {
  for (let finalist = 0; finalist < MOST_FINALISTS; finalist += 1) {
    const best = bestOf(run.pool.members);
    if (!best || best.depth >= run.settings.validation.length) return null;
    const stop = await complete(run, best);
    if (stop) return stop;
  }
  return null;
}

/**
 * In a noisy search small losses add up unseen: every few generations the youngest is compared with its last ancestor that
 * has seen the whole validation, and when it is worse the search goes back there.
 */
export async function checkDescent<O extends Outcome>(run: Run<O>, member: Member): Promise<void> {
  const size = run.settings.validation.length;
  if (!isNoisy(run) || member.depth >= size) return;
  const line = run.pool.lineage(member);
  const distance = line.findIndex(({ depth }) => depth >= size);
  const ancestor = line[distance];
  if (!ancestor || distance < GENERATIONS || (await complete(run, member))) return;
  const { mean, standardError } = pairedDifference(member.scores, ancestor.scores);
  const noise = Math.sqrt((2 * (run.answers.noise ?? 0)) / (size * run.settings.repeats));
  if (mean >= -Math.max(EPSILON, standardError, noise)) return;
  member.heir = ancestor;
  ancestor.heir = null;
}
