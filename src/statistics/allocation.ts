/** A stratum of what can be drawn: how many there are, and how much they vary. */
export interface AllocationStratum {
  readonly size: number;
  /** Standard deviation of what is to be estimated, within the stratum. */
  readonly deviation: number;
}

/** Shares of `count`, none above its room; what does not fit flows on to the others. */
function shares(wanted: readonly number[], room: readonly number[], count: number): number[] {
  const given = wanted.map(() => 0);
  let open = wanted.map((_, i) => i).filter((i) => (room[i] ?? 0) > 0);
  let left = Math.min(
    count,
    room.reduce((sum, size) => sum + size, 0),
  );
  while (open.length > 0 && left > 0) {
    const total = open.reduce((sum, i) => sum + (wanted[i] ?? 0), 0);
    const part = (i: number) => (total > 0 ? (left * (wanted[i] ?? 0)) / total : left / open.length);
    const full = open.filter((i) => part(i) >= (room[i] ?? 0));
    if (full.length === 0) {
      for (const i of open) given[i] = part(i);
      break;
    }
    for (const i of full) given[i] = room[i] ?? 0;
    left -= full.reduce((sum, i) => sum + (room[i] ?? 0), 0);
    open = open.filter((i) => !full.includes(i));
  }
  return given;
}

/** Whole numbers with the sum of the parts (largest remainders first). */
function whole(parts: readonly number[]): number[] {
  const floors = parts.map((part) => Math.floor(part + 1e-9));
  let left = Math.round(parts.reduce((sum, part) => sum + part, 0)) - floors.reduce((sum, n) => sum + n, 0);
  const order = parts
    .map((part, i) => ({ i, rest: part - (floors[i] ?? 0) }))
    .sort((a, b) => b.rest - a.rest || a.i - b.i);
  for (const { i } of order) {
    if (left <= 0) break;
    floors[i] = (floors[i] ?? 0) + 1;
    left -= 1;
  }
  return floors;
}

/**
 * How many of `count` to draw from each stratum so that the mean over all strata varies least: in proportion to size times
 * deviation (Neyman, J R Stat Soc 97, 1934), but at least `least` of each (all of a smaller one), so that no stratum's
 * share stays unknown. Together `count`, unless the strata are smaller or the least parts already are more.
 */
export function neymanAllocation(
  strata: readonly AllocationStratum[],
  count: number,
  least = 2,
): readonly number[] {
  const base = strata.map(({ size }) => Math.min(size, least));
  const rest = count - base.reduce((sum, n) => sum + n, 0);
  if (rest <= 0) return base;
  // The share of the whole that a stratum should have, less what it has already.
  const ideal = shares(
    strata.map(({ size, deviation }) => size * deviation),
    strata.map(({ size }) => size),
    count,
  );
  const further = ideal.map((part, i) => Math.max(0, part - (base[i] ?? 0)));
  const room = strata.map(({ size }, i) => size - (base[i] ?? 0));
  const added = whole(shares(further, room, rest));
  return base.map((n, i) => n + (added[i] ?? 0));
}
