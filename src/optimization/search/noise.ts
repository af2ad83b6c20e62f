/** Pooled variance of repeated scores around the mean of what they repeat, one score at a time (Welford 1962). */
export class Noise {
  readonly #groups = new Map<string, { count: number; mean: number }>();
  #squares = 0;
  #degrees = 0;

  add(group: string, score: number): void {
    const known = this.#groups.get(group);
    if (!known) {
      this.#groups.set(group, { count: 1, mean: score });
      return;
    }
    known.count += 1;
    const before = score - known.mean;
    known.mean += before / known.count;
    this.#squares += before * (score - known.mean);
    this.#degrees += 1;
  }

  /** null: nothing was repeated. */
  get variance(): number | null {
    return this.#degrees > 0 ? this.#squares / this.#degrees : null;
  }
}
