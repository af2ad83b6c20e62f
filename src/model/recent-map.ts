/** A bounded map of what was used lately. */
export interface RecentMap<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
  clear(): void;
}

/**
 * Holds entries of at most `max` weight, and at least the half of it that was used last (an entry weighs 1 unless
 * `weigh` says else). Two maps, of which the older one is dropped when the younger one has half of the weight: a
 * list in order of use takes several times as long to keep.
 */
export function createRecentMap<K, V extends object | string | number | boolean>(
  max: number,
  weigh: (value: V) => number = () => 1,
): RecentMap<K, V> {
  let young = new Map<K, V>();
  let old = new Map<K, V>();
  let weight = 0;
  const set = (key: K, value: V): void => {
    const before = young.get(key);
    weight += weigh(value) - (before === undefined ? 0 : weigh(before));
    young.set(key, value);
    if (weight < max / 2) return;
    old = young;
    young = new Map();
    weight = 0;
  };
  return {
    set,
    get(key) {
      const recent = young.get(key);
      if (recent !== undefined) return recent;
      const older = old.get(key);
      // It may be the entry that makes the younger map the older one.
      if (older !== undefined) set(key, older);
      return older;
    },
    clear() {
      young = new Map();
      old = new Map();
      weight = 0;
    },
  };
}
