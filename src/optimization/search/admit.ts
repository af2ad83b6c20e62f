import type { Outcome } from "./contract.ts";
import type { Draft, Member } from "./pool.ts";
import { emit, isNoisy, type Run, updateBest } from "./run.ts";
import { checkDescent } from "./verify.ts";

/** Where scores are noisy, single examples cannot tell a child from its parent: the child takes the parent's place. */
function inherit<O extends Outcome>(run: Run<O>, member: Member): void {
  if (!isNoisy(run)) return;
  for (const index of member.parents) {
    const parent = run.pool.members[index];
    if (parent && !(parent.heir && parent.heir.estimate > member.estimate)) parent.heir = member;
  }
}

/** Takes a candidate into the pool. */
export async function admit<O extends Outcome>(run: Run<O>, draft: Draft): Promise<void> {
  const member = run.pool.add(draft);
  inherit(run, member);
  updateBest(run);
  run.mergeDue = true;
  await emit(run, { kind: "accepted", entry: run.pool.entry(member) });
  await checkDescent(run, member);
}
