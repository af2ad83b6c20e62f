import { createHash } from "node:crypto";

/**
 * Uniform in [0, 1), a multiple of 2^-48, fixed by the parts: the first 6 bytes of SHA-256 of their JSON without
 * spaces. Parts are ASCII and whole numbers, so that Python's json writes the same.
 */
export const draw = (...parts: readonly (string | number)[]): number =>
  createHash("sha256").update(JSON.stringify(parts)).digest().readUIntBE(0, 6) / 2 ** 48;

/** One of the items; the draw's parts fix which. */
export const pick = <T>(items: readonly T[], uniform: number): T | undefined =>
  items[Math.min(items.length - 1, Math.floor(uniform * items.length))];
