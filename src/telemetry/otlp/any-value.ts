import type { JsonObject } from "../../model/json.ts";

/** How deep a value may nest; what is deeper is replaced by {@link TOO_DEEP} where it stood. */
export const MAX_DEPTH = 32;
export const TOO_DEEP = "[nested deeper than 32 levels]";

/** An object that a key such as `__proto__` cannot turn into something else. */
export const emptyObject = (): JsonObject => Object.create(null);

/** JSON has no such numbers: they are kept as the words that the protobuf JSON mapping uses for them. */
export const jsonNumber = (value: number): number | string =>
  Number.isFinite(value) ? value : String(value);

/** A 64-bit integer as a number where that is exact, else as decimal digits. */
export function jsonInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** 2^53 microseconds: what a number can count exactly. */
const LAST_NS = 9_007_199_254_740_991_000n;

export const isStorableTime = (ns: bigint): boolean => ns <= LAST_NS;
