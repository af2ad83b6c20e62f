import { hashRandom } from "../../statistics/random.ts";
import { HeldSignal, keyOf, type Subject } from "./answers.ts";
import type { Outcome, Proposal, RejectedEdit, RejectReason, TrainRecord, WorkOrder } from "./contract.ts";
import { pickWeighted } from "./frontier.ts";
import { isPerfect } from "./minibatch.ts";
import type { Member } from "./pool.ts";
import { emit, type Run, reject } from "./run.ts";

const MOST_REJECTED = 12;

/** A parent with the training cases drawn for it. */
export interface Slot {
  readonly slot: number;
  readonly parent: Member;
  readonly exampleIds: readonly string[];
}

/** A proposal that is worth its evaluation. */
export interface Attempt extends Slot, Subject {
  readonly hypothesis: string | null;
  readonly changed: Readonly<Record<string, string>>;
  readonly nextComponent: number;
}

/** Parents by weight on the frontier; those with nothing left to learn from are passed over. */
export function drawSlots<O extends Outcome>(run: Run<O>, width: number): Slot[] {
  const weights = new Map(run.pool.survivors());
  const slots: Slot[] = [];
  for (let slot = 0; slot < width; slot += 1) {
    for (let tries = 0; weights.size > 0; tries += 1) {
      const name = `${run.iteration}.${slot}`;
      const index = pickWeighted(weights, hashRandom(run.settings.seed, `parent ${name}`, tries));
      const parent = index === null ? undefined : run.pool.members[index];
      if (!parent) break;
      const exampleIds = run.minibatches.draw(run.pool.lineage(parent));
      if (exampleIds.length > 0) {
        slots.push({ slot, parent, exampleIds });
        break;
      }
      weights.delete(parent.index);
    }
  }
  return slots;
}

const scoreOf = ({ outcome }: TrainRecord<Outcome>): number => outcome.score ?? 2;

function recordsOf<O extends Outcome>(run: Run<O>, { parent, exampleIds }: Slot): TrainRecord<O>[] {
  return exampleIds
    .flatMap((exampleId) => {
      const of = { exampleId, repeat: 0 };
      const outcome = run.answers.get(parent.key, of);
      return outcome ? [{ case: of, outcome }] : [];
    })
    .sort((a, b) => scoreOf(a) - scoreOf(b));
}

/** Names to change, and whose turn it is next. */
function chooseComponents<O extends Outcome>(
  { settings }: Run<O>,
  { candidate, nextComponent }: Member,
): { readonly names: string[]; readonly next: number } {
  const names = Object.keys(candidate.components).sort();
  if (settings.componentChoice === "all" || names.length === 0) return { names, next: nextComponent };
  return { names: [names[nextComponent % names.length] ?? ""], next: (nextComponent + 1) % names.length };
}

function rejectedFor<O extends Outcome>({ rejected }: Run<O>, parent: Member): RejectedEdit[] {
  const newest = rejected.toReversed();
  const own = newest.filter((edit) => edit.parent === parent.index);
  return [...own, ...newest.filter((edit) => edit.parent !== parent.index)].slice(0, MOST_REJECTED);
}

function orderOf<O extends Outcome>(run: Run<O>, slot: Slot): WorkOrder<O> | null {
  const records = recordsOf(run, slot);
  if (records.every(({ outcome }) => outcome.score === null || isPerfect(outcome.score))) return null;
  const { names, next } = chooseComponents(run, slot.parent);
  slot.parent.nextComponent = next;
  return {
    iteration: run.iteration,
    slot: slot.slot,
    parent: run.pool.entry(slot.parent),
    components: names,
    records,
    rejected: rejectedFor(run, slot.parent),
    lineage: run.pool.lineage(slot.parent).map((member) => run.pool.entry(member)),
  };
}

type Written = Extract<Proposal, { state: "proposed" }>;

/** Why a proposal is not worth its evaluation; null when it is. */
function objection<O extends Outcome>(
  run: Run<O>,
  { parent, exampleIds }: Slot,
  order: WorkOrder<O>,
  { candidate }: Subject,
): { readonly reason: RejectReason; readonly detail: string | null } | null {
  const known = Object.keys(parent.candidate.components);
  if (Object.keys(candidate.components).some((name) => !known.includes(name)))
    return { reason: "guard", detail: "it names a component that does not exist" };
  const emptied = known.find(
    (name) => candidate.components[name]?.trim() === "" && parent.candidate.components[name]?.trim() !== "",
  );
  if (emptied !== undefined) return { reason: "guard", detail: "a component became empty" };
  const seen = run.tried.find(candidate, parent.candidate, exampleIds);
  if (seen) return { reason: seen, detail: null };
  const refused = run.dependencies.check(candidate, order);
  return refused === null ? null : { reason: "guard", detail: refused };
}

async function take<O extends Outcome>(
  run: Run<O>,
  slot: Slot,
  order: WorkOrder<O>,
  proposal: Written,
): Promise<Attempt | null> {
  const { parent } = slot;
  const before = parent.candidate;
  const candidate = {
    components: { ...before.components, ...proposal.components },
    code: proposal.code ?? before.code,
  };
  const changed = Object.fromEntries(
    Object.entries(candidate.components).filter(([name, text]) => before.components[name] !== text),
  );
  const { hypothesis } = proposal;
  const subject = { key: keyOf(candidate), candidate };
  const against = objection(run, slot, order, subject);
  if (against) {
    const { code } = proposal;
    const edit = { parent: parent.index, components: changed, code, hypothesis, before: null, after: null };
    await reject(run, { ...edit, ...against, iteration: run.iteration });
    return null;
  }
  run.tried.add(candidate, before);
  return { ...slot, ...subject, hypothesis, changed, nextComponent: parent.nextComponent };
}

async function takeOne<O extends Outcome>(
  run: Run<O>,
  slot: Slot,
  order: WorkOrder<O>,
  proposal: Proposal | undefined,
): Promise<Attempt | null> {
  run.proposals += 1;
  run.sinceImprovement += 1;
  if (proposal?.state === "proposed") {
    run.failures = 0;
    return take(run, slot, order, proposal);
  }
  run.failures += 1;
  const { iteration } = run;
  await emit(run, { kind: "failed", iteration, slot: slot.slot, reason: proposal?.reason ?? "no answer" });
  return null;
}

/** Asks for one proposal a slot, and keeps those that are worth their evaluation. Parents' cases must be known. */
export async function propose<O extends Outcome>(run: Run<O>, slots: readonly Slot[]): Promise<Attempt[]> {
  const work: { readonly slot: Slot; readonly order: WorkOrder<O> }[] = [];
  for (const slot of slots) {
    const order = orderOf(run, slot);
    if (order) work.push({ slot, order });
    else {
      const at = { iteration: run.iteration, slot: slot.slot, parent: slot.parent.index };
      await emit(run, { kind: "skipped", ...at });
    }
  }
  if (work.length === 0) return [];
  const proposals = await run.dependencies.propose(work.map(({ order }) => order));
  if (typeof proposals === "string") throw new HeldSignal(proposals);
  if (proposals.length !== work.length)
    throw new Error(`${work.length} orders were given and ${proposals.length} proposals came back`);
  const attempts: Attempt[] = [];
  for (const [i, { slot, order }] of work.entries()) {
    const attempt = await takeOne(run, slot, order, proposals[i]);
    if (attempt) attempts.push(attempt);
  }
  return attempts;
}
