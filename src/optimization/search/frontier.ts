/**
 * Who is best at what. A key is a validation example or an objective; its holders are the candidates with the best
 * value seen, ties included (GEPA, arXiv 2507.19457, algorithm 2). Updated one key at a time.
 */
export class Frontier {
  readonly #best: Float64Array;
  readonly #holders: number[][];

  constructor(keys: number) {
    this.#best = new Float64Array(keys).fill(Number.NEGATIVE_INFINITY);
    this.#holders = Array.from({ length: keys }, () => []);
  }

  /** Offers a candidate's value; NaN (unknown) holds nothing. Candidates must come in ascending order. */
  offer(key: number, candidate: number, value: number): void {
    const best = this.#best[key] ?? Number.NaN;
    if (value > best) {
      this.#best[key] = value;
      this.#holders[key] = [candidate];
    } else if (value === best) this.#holders[key]?.push(candidate);
  }

  /** Forgets a key, whose candidates will be offered again. */
  clear(key: number): void {
    this.#best[key] = Number.NEGATIVE_INFINITY;
    this.#holders[key] = [];
  }

  holders(key: number): readonly number[] {
    return this.#holders[key] ?? [];
  }

  /**
   * Number of keys of each candidate that is not dominated; a candidate is dominated when each of its keys has another
   * survivor. `order` holds all candidates, the worst first: they are removed in that order. One pass is enough, since
   * a removal only takes dominators away: what could not be removed before cannot be removed after.
   */
  survivors(order: readonly number[]): ReadonlyMap<number, number> {
    const keysOf = new Map<number, number[]>();
    for (const [key, holders] of this.#holders.entries())
      for (const holder of holders) {
        const keys = keysOf.get(holder);
        if (keys) keys.push(key);
        else keysOf.set(holder, [key]);
      }
    const left = this.#holders.map((holders) => holders.length);
    const counts = new Map<number, number>();
    for (const candidate of order) {
      const keys = keysOf.get(candidate);
      if (!keys) continue;
      if (keys.every((key) => (left[key] ?? 0) >= 2))
        for (const key of keys) left[key] = (left[key] ?? 0) - 1;
      else counts.set(candidate, keys.length);
    }
    return counts;
  }
}

/** One of the weighted items, `uniform` in [0, 1); null when no weight is above 0. Visited in ascending order. */
export function pickWeighted(weights: ReadonlyMap<number, number>, uniform: number): number | null {
  const items = [...weights].filter(([, weight]) => weight > 0).sort(([a], [b]) => a - b);
  const total = items.reduce((sum, [, weight]) => sum + weight, 0);
  let mark = uniform * total;
  for (const [item, weight] of items) {
    mark -= weight;
    if (mark < 0) return item;
  }
  return items.at(-1)?.[0] ?? null;
}
