import type { Subject } from "./answers.ts";
import { type Answers, keyOf } from "./answers.ts";
import type { Candidate, Case, Outcome, PoolEntry } from "./contract.ts";
import { Frontier } from "./frontier.ts";
import type { Settings } from "./settings.ts";

/** A candidate of the pool while the search goes on. */
export interface Member extends Subject {
  readonly index: number;
  readonly parents: readonly number[];
  readonly hypothesis: string | null;
  readonly iteration: number;
  readonly length: number;
  /** Validation examples evaluated: the first so many in the order of the settings. */
  depth: number;
  /** Whose turn it is among the components. */
  nextComponent: number;
  /** Validation score of each example, own or inherited; NaN unknown. */
  readonly scores: Float64Array;
  /** The same for each objective. */
  readonly objectives: readonly Float64Array[];
  /** Mean of `scores` over what is known; NaN when nothing is. */
  estimate: number;
  /** Where scores are noisy: the child that is a parent in its place. */
  heir: Member | null;
}

export type Draft = Pick<Member, "parents" | "hypothesis" | "iteration" | "depth" | "nextComponent"> & {
  readonly candidate: Candidate;
};

export const lengthOf = ({ components }: Candidate): number =>
  Object.values(components).reduce((sum, text) => sum + text.length, 0);

/** Mean of the numbers that are not NaN; NaN when there are none. */
export function meanKnown(values: Iterable<number>): number {
  let sum = 0;
  let count = 0;
  for (const value of values)
    if (!Number.isNaN(value)) {
      sum += value;
      count += 1;
    }
  return count > 0 ? sum / count : Number.NaN;
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

/**
 * The candidates kept, and who is best at what. A candidate need not have seen the whole validation: on the rest it
 * counts as its nearest ancestor, so that all of the pool can be compared; own evidence replaces it when it comes.
 */
export class Pool<O extends Outcome> {
  readonly members: Member[] = [];
  readonly #settings: Settings;
  readonly #answers: Answers<O>;
  readonly #frontier: Frontier;
  /** Frontier keys before those of objectives. */
  readonly #exampleKeys: number;

  constructor(settings: Settings, answers: Answers<O>) {
    const { frontier, validation, objectives } = settings;
    this.#settings = settings;
    this.#answers = answers;
    this.#exampleKeys = frontier === "objective" ? 0 : validation.length;
    this.#frontier = new Frontier(this.#exampleKeys + (frontier === "example" ? 0 : objectives.length));
  }

  /** Cases of the validation examples at the positions from `from` to before `to`, at every repeat. */
  casesOf(from: number, to: number): Case[] {
    return this.#settings.validation.slice(from, to).flatMap((exampleId) => this.repeatsOf(exampleId));
  }

  repeatsOf(exampleId: string): Case[] {
    return Array.from({ length: this.#settings.repeats }, (_, repeat) => ({ exampleId, repeat }));
  }

  /** Mean over the repeats of what `read` finds in an outcome; NaN when nothing is known. */
  #own(key: string, exampleId: string, read: (outcome: O) => number | null | undefined): number {
    return meanKnown(
      this.repeatsOf(exampleId).map((one) => {
        const outcome = this.#answers.get(key, one);
        return (outcome && read(outcome)) ?? Number.NaN;
      }),
    );
  }

  /** A candidate's own validation score at a position; NaN when not evaluated or missing. */
  ownScore(key: string, position: number): number {
    return this.#own(key, this.#settings.validation[position] ?? "", (outcome) => outcome.score);
  }

  add(draft: Draft): Member {
    const { validation, objectives } = this.#settings;
    const blank = () => new Float64Array(validation.length).fill(Number.NaN);
    const member: Member = {
      ...draft,
      key: keyOf(draft.candidate),
      index: this.members.length,
      length: lengthOf(draft.candidate),
      scores: blank(),
      objectives: objectives.map(blank),
      estimate: Number.NaN,
      heir: null,
    };
    this.members.push(member);
    for (let position = 0; position < validation.length; position += 1) this.#fill(member, position);
    this.#sumUp(member);
    for (let key = 0; key < this.#exampleKeys; key += 1)
      this.#frontier.offer(key, member.index, member.scores[key] ?? Number.NaN);
    this.#offerObjectives(member);
    return member;
  }

  /** Takes in own evidence up to `depth`, also for those who inherit it. */
  deepen(member: Member, depth: number): void {
    const from = member.depth;
    member.depth = Math.max(from, depth);
    for (const later of this.members.slice(member.index)) {
      for (let position = from; position < member.depth; position += 1) this.#fill(later, position);
      this.#sumUp(later);
    }
    for (let key = from; key < Math.min(member.depth, this.#exampleKeys); key += 1) {
      this.#frontier.clear(key);
      for (const one of this.members) this.#frontier.offer(key, one.index, one.scores[key] ?? Number.NaN);
    }
    this.#settings.objectives.forEach((_, i) => {
      this.#frontier.clear(this.#exampleKeys + i);
    });
    for (const one of this.members) this.#offerObjectives(one);
  }

  #fill(member: Member, position: number): void {
    const exampleId = this.#settings.validation[position] ?? "";
    const base = this.members[member.parents[0] ?? -1];
    const seen = position < member.depth;
    const own = seen ? this.ownScore(member.key, position) : Number.NaN;
    member.scores[position] = Number.isNaN(own) ? (base?.scores[position] ?? Number.NaN) : own;
    this.#settings.objectives.forEach((name, i) => {
      const value = seen
        ? this.#own(member.key, exampleId, (outcome) => outcome.objectives[name])
        : Number.NaN;
      const column = member.objectives[i];
      if (column)
        column[position] = Number.isNaN(value) ? (base?.objectives[i]?.[position] ?? Number.NaN) : value;
    });
  }

  #sumUp(member: Member): void {
    member.estimate = meanKnown(member.scores);
  }

  #offerObjectives(member: Member): void {
    if (this.#settings.frontier === "example") return;
    for (const [i, column] of member.objectives.entries())
      this.#frontier.offer(this.#exampleKeys + i, member.index, meanKnown(column));
  }

  /** Candidates that no set of others replaces, with the number of keys that each holds. */
  survivors(): ReadonlyMap<number, number> {
    const weights = new Map<number, number>();
    for (const [index, weight] of this.#frontier.survivors(this.ascending())) {
      let member = this.members[index];
      while (member?.heir) member = member.heir;
      if (member) weights.set(member.index, (weights.get(member.index) ?? 0) + weight);
    }
    return weights;
  }

  /** Indices, the worst estimate first, of equals the older first. */
  ascending(): number[] {
    const worth = ({ estimate }: Member): number => (Number.isNaN(estimate) ? -1 : estimate);
    return [...this.members]
      .sort((a, b) => worth(a) - worth(b) || a.index - b.index)
      .map(({ index }) => index);
  }

  /** The candidate, its first parent, and so on to the seed. */
  lineage(member: Member): Member[] {
    const line: Member[] = [];
    for (let at: Member | undefined = member; at; at = this.members[at.parents[0] ?? -1]) line.push(at);
    return line;
  }

  entry(member: Member): PoolEntry {
    const { validation, objectives } = this.#settings;
    const seen = validation.slice(0, member.depth);
    const own = seen.map((_, position) => this.ownScore(member.key, position));
    return {
      index: member.index,
      candidate: member.candidate,
      parents: member.parents,
      hypothesis: member.hypothesis,
      iteration: member.iteration,
      scores: new Map(seen.map((exampleId, position) => [exampleId, orNull(own[position] ?? Number.NaN)])),
      mean: orNull(meanKnown(own)),
      coverage: own.filter((score) => !Number.isNaN(score)).length / validation.length,
      estimate: orNull(member.estimate),
      objectives: Object.fromEntries(
        objectives.map((name) => [
          name,
          orNull(
            meanKnown(seen.map((id) => this.#own(member.key, id, (outcome) => outcome.objectives[name]))),
          ),
        ]),
      ),
      length: member.length,
    };
  }
}
