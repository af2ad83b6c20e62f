import { hashRandom } from "../../statistics/random.ts";
import { admit } from "./admit.ts";
import { keyOf } from "./answers.ts";
import type { Candidate, Outcome, StopReason } from "./contract.ts";
import { pickWeighted } from "./frontier.ts";
import type { Member, Pool } from "./pool.ts";
import { race } from "./race.ts";
import { EPSILON, type Run, refusal, reject } from "./run.ts";
import { reserveOf } from "./verify.ts";

/** Validation examples that both parents must have seen. */
const LEAST_SHARED = 5;

interface Union {
  readonly candidate: Candidate;
  /** The one with the better estimate. */
  readonly base: Member;
  readonly other: Member;
  readonly ancestor: Member;
}

function ancestorsOf<O extends Outcome>(pool: Pool<O>, member: Member): Set<number> {
  const found = new Set<number>();
  const open = [...member.parents];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (found.has(index)) continue;
    found.add(index);
    open.push(...(pool.members[index]?.parents ?? []));
  }
  return found;
}

/** Each component from whichever side changed it since the ancestor; changed by both: the better one's. */
function unite(base: Member, other: Member, ancestor: Member): Candidate {
  const names = Object.keys(base.candidate.components);
  const components = names.map((name) => {
    const [mine, theirs, old] = [base, other, ancestor].map(
      (member) => member.candidate.components[name] ?? "",
    );
    return [name, mine === old ? theirs : mine] as const;
  });
  return {
    components: Object.fromEntries(components.map(([name, text]) => [name, text ?? ""])),
    code: base.candidate.code,
  };
}

function unionOf<O extends Outcome>(
  run: Run<O>,
  pair: readonly [Member, Member],
  ancestor: Member,
): Union | null {
  const [base, other] = pair[0].estimate >= pair[1].estimate ? pair : [pair[1], pair[0]];
  if (ancestor.estimate > other.estimate + EPSILON) return null;
  if (Math.min(base.depth, other.depth) < Math.min(LEAST_SHARED, run.settings.validation.length)) return null;
  const codes = new Set([base, other, ancestor].map(({ candidate }) => candidate.code));
  if (codes.size > 1) return null;
  const candidate = unite(base, other, ancestor);
  if (run.tried.find(candidate, base.candidate, []) || keyOf(candidate) === other.key) return null;
  return { candidate, base, other, ancestor };
}

/** All pairs of survivors neither of which descends from the other, with each common ancestor. */
function unions<O extends Outcome>(run: Run<O>): Union[] {
  const survivors = [...run.pool.survivors().keys()].sort((a, b) => a - b);
  const ancestors = new Map(
    survivors.flatMap((index) => {
      const member = run.pool.members[index];
      return member ? [[index, ancestorsOf(run.pool, member)] as const] : [];
    }),
  );
  return survivors.flatMap((i, place) =>
    survivors.slice(place + 1).flatMap((j) => {
      const [a, b] = [run.pool.members[i], run.pool.members[j]];
      const [ofA, ofB] = [ancestors.get(i), ancestors.get(j)];
      if (!a || !b || !ofA || !ofB || ofA.has(j) || ofB.has(i)) return [];
      const shared = [...ofA].filter((index) => ofB.has(index)).sort((x, y) => x - y);
      return shared.flatMap((index) => {
        const ancestor = run.pool.members[index];
        const union = ancestor && unionOf(run, [a, b], ancestor);
        return union ? [union] : [];
      });
    }),
  );
}

/** One union, likelier the better its ancestor is; when all are at 0, each alike. */
function pickUnion<O extends Outcome>(run: Run<O>): Union | null {
  const found = unions(run);
  const total = found.reduce((sum, { ancestor }) => sum + Math.max(0, ancestor.estimate), 0);
  const weights = new Map(found.map(({ ancestor }, i) => [i, total > 0 ? ancestor.estimate : 1]));
  const picked = pickWeighted(weights, hashRandom(run.settings.seed, "merge", run.iteration));
  return (picked === null ? null : found[picked]) ?? null;
}

/**
 * Tries to merge two candidates that improved different components, at most `maxMerges` times in all, kept or not.
 * null: there was none to try, and nothing was spent.
 */
export async function merge<O extends Outcome>(run: Run<O>): Promise<StopReason | "tried" | null> {
  const { settings } = run;
  const [seed] = run.pool.members;
  if (!settings.merge || run.merges >= settings.maxMerges || !seed) return null;
  if (Object.keys(seed.candidate.components).length < 2) return null;
  const union = pickUnion(run);
  if (!union) return null;
  const { base, other, candidate } = union;
  const rollouts = 2 * settings.firstBlock * settings.repeats + reserveOf(run);
  const stop = await refusal(run, `${run.iteration}:merge`, { rollouts, proposals: 0 });
  if (stop) return stop;
  run.merges += 1;
  run.tried.add(candidate, base.candidate);
  const [finish] = await race(run, [{ key: keyOf(candidate), candidate, rival: base }], "merge");
  const { iteration } = run;
  if (finish?.kept) {
    const nextComponent = Math.max(base.nextComponent, other.nextComponent);
    const parents = [base.index, other.index];
    await admit(run, { candidate, parents, hypothesis: null, iteration, depth: finish.depth, nextComponent });
  } else if (finish) {
    const { reason, detail, before, after } = finish;
    const components = Object.fromEntries(
      Object.entries(candidate.components).filter(([name, text]) => base.candidate.components[name] !== text),
    );
    await reject(run, {
      parent: base.index,
      components,
      code: null,
      hypothesis: null,
      reason,
      detail,
      before,
      after,
      iteration,
    });
  }
  return "tried";
}
