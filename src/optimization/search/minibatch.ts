import { randomStream, shuffle } from "../../statistics/random.ts";
import type { Answers } from "./answers.ts";
import type { Outcome } from "./contract.ts";
import type { Member } from "./pool.ts";
import type { Settings } from "./settings.ts";

/** How likely a case is to fail, by what is known: it failed; an ancestor failed; nothing is known; an ancestor passed. */
const RANK = { failed: 0, ancestorFailed: 1, unknown: 2, ancestorPassed: 3 } as const;

export const isPerfect = (score: number): boolean => score >= 1;

/**
 * Draws the training cases that a proposal is written for.
 *
 * `epochs`: shuffled anew each epoch, one slice after the other. `failing_first`: of the cases not known to be perfect
 * for this parent the least used, and of these the likeliest to fail. So no example is forgotten, and none that is
 * known to be perfect is paid for again. Only the first repeat counts as knowledge: later ones stay fresh for the gate.
 */
export class Minibatches<O extends Outcome> {
  readonly #settings: Settings;
  readonly #answers: Answers<O>;
  readonly #uses = new Map<string, number>();
  #drawn = 0;
  #epoch = -1;
  #order: readonly string[] = [];

  constructor(settings: Settings, answers: Answers<O>) {
    this.#settings = settings;
    this.#answers = answers;
  }

  #shuffled(epoch: number): readonly string[] {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#order = shuffle(
        this.#settings.train,
        randomStream(this.#settings.seed, `epoch ${epoch} of train`),
      );
    }
    return this.#order;
  }

  /** null: known to be perfect, or not to be had. */
  #rank(lineage: readonly Member[], exampleId: string): number | null {
    for (const [generation, { key }] of lineage.entries()) {
      const score = this.#answers.score(key, exampleId, 0);
      if (score === undefined) continue;
      if (score === null) return generation === 0 ? null : RANK.unknown;
      if (generation === 0) return isPerfect(score) ? null : RANK.failed;
      return isPerfect(score) ? RANK.ancestorPassed : RANK.ancestorFailed;
    }
    return RANK.unknown;
  }

  /** Example ids for the parent at the head of the lineage; none when each is known to be perfect. */
  draw(lineage: readonly Member[]): readonly string[] {
    if (this.#settings.draw === "failing_first") return this.#failingFirst(lineage);
    return this.#settings.train.some((id) => this.#rank(lineage, id) !== null) ? this.#slice() : [];
  }

  #failingFirst(lineage: readonly Member[]): readonly string[] {
    const { train, minibatch } = this.#settings;
    const order = this.#shuffled(Math.floor((this.#drawn * minibatch) / train.length));
    const place = new Map(order.map((id, i) => [id, i]));
    const drawn = train
      .flatMap((id) => {
        const rank = this.#rank(lineage, id);
        return rank === null ? [] : [{ id, rank, uses: this.#uses.get(id) ?? 0, place: place.get(id) ?? 0 }];
      })
      .sort((a, b) => a.uses + a.rank - (b.uses + b.rank) || a.place - b.place)
      .slice(0, minibatch)
      .map(({ id }) => id);
    for (const id of drawn) this.#uses.set(id, (this.#uses.get(id) ?? 0) + 1);
    this.#drawn += 1;
    return drawn;
  }

  /** As the reference: an epoch that does not divide is filled with the examples least used, of which all are equal. */
  #slice(): readonly string[] {
    const { train, minibatch } = this.#settings;
    const slices = Math.ceil(train.length / minibatch);
    const order = this.#shuffled(Math.floor(this.#drawn / slices));
    const start = (this.#drawn % slices) * minibatch;
    this.#drawn += 1;
    return Array.from({ length: minibatch }, (_, i) => order[(start + i) % order.length] ?? "");
  }
}
