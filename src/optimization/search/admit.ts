import type { Outcome } from "./contract.ts";
import type { Draft, Member } from "./pool.ts";
import { emit, isNoisy, obtainIfAfforded, type Run, updateBest } from "./run.ts";
import { checkDescent } from "./verify.ts";

/** Where scores are noisy, single examples cannot tell a child from its parent: the child takes the parent's place. */
function inherit<O extends Outcome>(run: Run<O>, member: Member): void {
  if (!isNoisy(run)) return;
  for (const index of member.parents) {
    const parent = run.pool.members[index];
    if (parent && !(parent.heir && parent.heir.estimate > member.estimate)) parent.heir = member;
  }
}

/** Candidates kept between two looks at noise, and validation examples run again at each. */
const PROBE_EVERY = 6;
const PROBES = 6;

/**
 * A seed that fails everywhere fails alike each time: what came after it may be noisy where it was not. So some that are
 * kept are run again on a few examples, as long as no noise was seen.
 */
async function probeNoise<O extends Outcome>(
  run: Run<O>,
  { index, key, candidate, depth }: Member,
): Promise<void> {
  const { noiseProbe, repeats, validation } = run.settings;
  if (noiseProbe === 0 || repeats > 1 || isNoisy(run) || index % PROBE_EVERY > 0) return;
  const cases = validation.slice(0, Math.min(PROBES, depth)).map((exampleId) => ({ exampleId, repeat: 1 }));
  await obtainIfAfforded(run, `${run.iteration}:noise:${index}`, [{ subject: { key, candidate }, cases }]);
}

/** Takes a candidate into the pool. */
export async function admit<O extends Outcome>(run: Run<O>, draft: Draft): Promise<void> {
  const member = run.pool.add(draft);
  inherit(run, member);
  updateBest(run);
  run.mergeDue = true;
  await emit(run, { kind: "accepted", entry: run.pool.entry(member) });
  await probeNoise(run, member);
  await checkDescent(run, member);
}
