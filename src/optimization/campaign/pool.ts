import type { StoredEntry, StoredEvent } from "./events.ts";

/** The candidates that were kept, by index, as they stand after the last event. */
export function poolOf(events: readonly StoredEvent[]): readonly StoredEntry[] {
  const pool: StoredEntry[] = [];
  for (const event of events)
    if (event.kind === "seed" || event.kind === "accepted" || event.kind === "validated")
      pool[event.entry.index] = event.entry;
  return pool;
}
