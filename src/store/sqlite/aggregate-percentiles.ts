import type { Percentiles } from "../store.ts";

/** When twice as many durations are kept, every second is dropped, and from then on only every second is taken. */
const MOST_KEPT = 131_072;

export interface DurationSample {
  /** Microseconds; null is not counted. */
  add(us: number | null): void;
  /** Milliseconds; null for none. */
  percentiles(): Percentiles | null;
}

/**
 * Percentiles by nearest rank (the smallest value that at least p percent do not exceed). Exact up to 262,143
 * durations; beyond, p50 and p95 are of a systematic sample of at least half as many. The maximum is always exact.
 */
export function openDurationSample(): DurationSample {
  let kept: number[] = [];
  let stride = 1;
  let seen = 0;
  let max = 0;
  return {
    add(us) {
      if (us === null) return;
      if (us > max || seen === 0) max = us;
      if (seen % stride === 0) kept.push(us);
      seen += 1;
      if (kept.length < 2 * MOST_KEPT) return;
      kept = kept.filter((_, index) => index % 2 === 0);
      stride *= 2;
    },
    percentiles() {
      const sorted = Float64Array.from(kept).sort();
      const at = (p: number) => (sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? 0) / 1000;
      return sorted.length === 0 ? null : { p50: at(50), p95: at(95), max: max / 1000 };
    },
  };
}
