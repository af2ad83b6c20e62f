/** What of a configuration has no counterpart here, or another meaning, in our own words. */
export interface Note {
  readonly what: string;
  readonly count: number;
}

export interface Notes {
  add(what: string, count?: number): void;
  /** In the order in which they first came up. */
  list(): readonly Note[];
}

export function createNotes(): Notes {
  const counts = new Map<string, number>();
  return {
    add: (what, count = 1) => void counts.set(what, (counts.get(what) ?? 0) + count),
    list: () => [...counts].map(([what, count]) => ({ what, count })),
  };
}
