import { expect } from "vitest";

/** Holds when `actual` is within `tolerance` of `expected`, relative to it (absolute for 0). */
export function expectClose(actual: number | null | undefined, expected: number, tolerance: number): void {
  const error = Math.abs((actual ?? Number.NaN) - expected) / (expected === 0 ? 1 : Math.abs(expected));
  expect(error, `${actual} should be ${expected}`).toBeLessThanOrEqual(tolerance);
}
