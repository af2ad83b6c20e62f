/** What is compared of a step, from the outside in: what it is, what it was given, what came of it. */
export interface StepKey {
  readonly label: string;
  readonly given: string;
  readonly got: string;
}

/** One place of an alignment: a step of both, or of one of them. */
export interface Aligned {
  readonly a: number | null;
  readonly b: number | null;
}

export interface Alignment {
  /** Every step of both once, in the order of both. */
  readonly pairs: readonly Aligned[];
  /** Steps in stretches too long to be aligned step by step: paired by their share of the stretch. */
  readonly coarse: number;
}

/** Cells of one table: 4 MB, whatever the lengths. */
const MOST_CELLS = 4_000_000;
const BLOCK = 1_500;

/** Costs of pairing: nothing differs, another result, other arguments; a step of one side only. */
const OTHER_RESULT = 1;
const OTHER_GIVEN = 2;
const ONE_SIDED = 2;

const [PAIR, FROM_A, FROM_B] = [0, 1, 2];

interface Numbered {
  readonly label: Int32Array;
  readonly given: Int32Array;
  readonly whole: Int32Array;
}

function numberer() {
  const known = new Map<string, number>();
  return (text: string): number => {
    const number = known.get(text) ?? known.size;
    known.set(text, number);
    return number;
  };
}

function numbered(steps: readonly StepKey[], number: (text: string) => number): Numbered {
  const of = (text: (step: StepKey) => string) => Int32Array.from(steps, (step) => number(text(step)));
  return {
    label: of(({ label }) => JSON.stringify([label])),
    given: of(({ label, given }) => JSON.stringify([label, given])),
    whole: of(({ label, given, got }) => JSON.stringify([label, given, got])),
  };
}

interface Stretch {
  readonly fromA: number;
  readonly toA: number;
  readonly fromB: number;
  readonly toB: number;
}

interface Work {
  readonly a: Numbered;
  readonly b: Numbered;
  readonly pairs: Aligned[];
  coarse: number;
}

function pairCost({ a, b }: Work, i: number, j: number): number {
  if (a.whole[i] === b.whole[j]) return 0;
  if (a.given[i] === b.given[j]) return OTHER_RESULT;
  return a.label[i] === b.label[j] ? OTHER_GIVEN : Number.POSITIVE_INFINITY;
}

/** Needleman and Wunsch's table over a stretch: the cheapest alignment. */
function alignWhole(work: Work, { fromA, toA, fromB, toB }: Stretch): void {
  const [n, m] = [toA - fromA, toB - fromB];
  const moves = new Uint8Array((n + 1) * (m + 1));
  let below = Float64Array.from({ length: m + 1 }, (_, j) => (m - j) * ONE_SIDED);
  for (let j = 0; j < m; j += 1) moves[n * (m + 1) + j] = FROM_B;
  for (let i = n - 1; i >= 0; i -= 1) {
    const here = new Float64Array(m + 1);
    here[m] = (n - i) * ONE_SIDED;
    moves[i * (m + 1) + m] = FROM_A;
    for (let j = m - 1; j >= 0; j -= 1) {
      const paired = (below[j + 1] ?? 0) + pairCost(work, fromA + i, fromB + j);
      const removed = (below[j] ?? 0) + ONE_SIDED;
      const added = (here[j + 1] ?? 0) + ONE_SIDED;
      const least = Math.min(paired, removed, added);
      here[j] = least;
      moves[i * (m + 1) + j] = paired === least ? PAIR : removed === least ? FROM_A : FROM_B;
    }
    below = here;
  }
  for (let i = 0, j = 0; i < n || j < m; ) {
    const move = moves[i * (m + 1) + j];
    work.pairs.push({ a: move === FROM_B ? null : fromA + i, b: move === FROM_A ? null : fromB + j });
    if (move !== FROM_B) i += 1;
    if (move !== FROM_A) j += 1;
  }
}

/** Places by number, of numbers that come once; -1 for those that come more often. */
function singles(numbers: Int32Array, from: number, to: number): Map<number, number> {
  const places = new Map<number, number>();
  for (let i = from; i < to; i += 1) {
    const number = numbers[i] ?? -1;
    places.set(number, places.has(number) ? -1 : i);
  }
  return places;
}

/** The longest rising run of `b` among pairs in order of `a` (patience sorting). */
function rising(pairs: readonly (readonly [a: number, b: number])[]): (readonly [number, number])[] {
  const tops: number[] = [];
  const before = new Int32Array(pairs.length).fill(-1);
  for (const [k, [, b]] of pairs.entries()) {
    let [low, high] = [0, tops.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[tops[middle] ?? -1]?.[1] ?? 0) < b) low = middle + 1;
      else high = middle;
    }
    before[k] = low > 0 ? (tops[low - 1] ?? -1) : -1;
    tops[low] = k;
  }
  const run: (readonly [number, number])[] = [];
  for (let k = tops.at(-1) ?? -1; k >= 0; k = before[k] ?? -1) {
    const pair = pairs[k];
    if (pair) run.push(pair);
  }
  return run.reverse();
}

/** Steps that come just once on each side and are equal there: what long stretches are cut at. */
function anchors({ a, b }: Work, { fromA, toA, fromB, toB }: Stretch) {
  const inB = singles(b.whole, fromB, toB);
  const both = [...singles(a.whole, fromA, toA)].flatMap(([number, i]) => {
    const j = inB.get(number) ?? -1;
    return i >= 0 && j >= 0 ? [[i, j] as const] : [];
  });
  return rising(both.sort(([i], [j]) => i - j));
}

/** Equal parts of a stretch, each aligned by itself. */
function alignInBlocks(work: Work, { fromA, toA, fromB, toB }: Stretch): void {
  const blocks = Math.ceil(Math.max(toA - fromA, toB - fromB) / BLOCK);
  const cutAt = (from: number, to: number, block: number) =>
    from + Math.floor(((to - from) * block) / blocks);
  work.coarse += toA - fromA + toB - fromB;
  for (let block = 0; block < blocks; block += 1)
    alignWhole(work, {
      fromA: cutAt(fromA, toA, block),
      toA: cutAt(fromA, toA, block + 1),
      fromB: cutAt(fromB, toB, block),
      toB: cutAt(fromB, toB, block + 1),
    });
}

function alignStretch(work: Work, stretch: Stretch): void {
  let { fromA, toA, fromB, toB } = stretch;
  const { a, b, pairs } = work;
  for (; fromA < toA && fromB < toB && a.whole[fromA] === b.whole[fromB]; fromA += 1, fromB += 1)
    pairs.push({ a: fromA, b: fromB });
  const ends: Aligned[] = [];
  for (; fromA < toA && fromB < toB && a.whole[toA - 1] === b.whole[toB - 1]; toA -= 1, toB -= 1)
    ends.push({ a: toA - 1, b: toB - 1 });
  const middle = { fromA, toA, fromB, toB };
  if ((toA - fromA + 1) * (toB - fromB + 1) <= MOST_CELLS) alignWhole(work, middle);
  else alignLong(work, middle);
  for (const pair of ends.reverse()) pairs.push(pair);
}

/** Cut at its anchors, the pieces aligned as they are; without anchors in equal parts. */
function alignLong(work: Work, { fromA, toA, fromB, toB }: Stretch): void {
  const cuts = anchors(work, { fromA, toA, fromB, toB });
  if (cuts.length === 0) {
    alignInBlocks(work, { fromA, toA, fromB, toB });
    return;
  }
  let [i, j] = [fromA, fromB];
  for (const [a, b] of [...cuts, [toA, toB] as const]) {
    const piece = { fromA: i, toA: a, fromB: j, toB: b };
    if ((a - i + 1) * (b - j + 1) <= MOST_CELLS) alignWhole(work, piece);
    else alignInBlocks(work, piece);
    if (a < toA || b < toB) work.pairs.push({ a, b });
    [i, j] = [a + 1, b + 1];
  }
}

/**
 * The cheapest alignment of two runs: equal steps cost nothing, the same step with another result 1, with other arguments 2,
 * a step of one side 2; steps of different labels are never paired. Memory is linear in the steps beside one table of 4 MB:
 * longer stretches are cut at steps that come once on each side (patience diff), and where there is none in equal parts,
 * which `coarse` counts.
 */
export function align(a: readonly StepKey[], b: readonly StepKey[]): Alignment {
  const number = numberer();
  const work: Work = { a: numbered(a, number), b: numbered(b, number), pairs: [], coarse: 0 };
  alignStretch(work, { fromA: 0, toA: a.length, fromB: 0, toB: b.length });
  return { pairs: work.pairs, coarse: work.coarse };
}
