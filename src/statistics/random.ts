import { createHash } from "node:crypto";

/** A reproducible sequence of random numbers. */
export interface RandomStream {
  /** The next 32 random bits as an integer from 0 to 2^32 - 1. */
  bits(): number;
  /** Uniform in [0, 1), a multiple of 2^-53. */
  uniform(): number;
  /** Uniform integer in [0, n), without bias; n from 1 to 2^32. */
  below(n: number): number;
}

const digest = (parts: readonly (string | number)[]): Buffer =>
  createHash("sha256").update(JSON.stringify(parts)).digest();

/** Two 32-bit words as a uniform number in [0, 1) with 53 bits. */
const toUniform = (high: number, low: number): number => (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;

/**
 * A uniform number in [0, 1) that depends on nothing but its arguments: the first 53 bits of
 * SHA-256(JSON of [seed, purpose, index]). For draws that must come out the same whatever else was drawn before.
 */
export function hashRandom(seed: string, purpose: string, index: number): number {
  const bytes = digest([seed, purpose, index]);
  return toUniform(bytes.readUInt32BE(0), bytes.readUInt32BE(4));
}

const rotateLeft = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/**
 * xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47(4), 2021)
 * from four 32-bit words of state, not all zero.
 */
export function xoshiro128(state: readonly [number, number, number, number]): RandomStream {
  const words = Int32Array.from(state); // a typed array, since captured variables cost six times the time
  const bits = (): number => {
    const a = words[0] ?? 0;
    const b = words[1] ?? 0;
    const c = (words[2] ?? 0) ^ a;
    const d = (words[3] ?? 0) ^ b;
    words[0] = a ^ d;
    words[1] = b ^ c;
    words[2] = c ^ (b << 9);
    words[3] = rotateLeft(d, 11);
    return Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
  };
  const below = (n: number): number => {
    const limit = 2 ** 32 - (2 ** 32 % n);
    let draw = bits();
    while (draw >= limit) draw = bits();
    return draw % n;
  };
  return { bits, below, uniform: () => toUniform(bits(), bits()) };
}

/** A stream for one purpose: xoshiro128** seeded with SHA-256(JSON of [seed, purpose]). */
export function randomStream(seed: string, purpose: string): RandomStream {
  const bytes = digest([seed, purpose]);
  return xoshiro128([
    bytes.readUInt32BE(0),
    bytes.readUInt32BE(4),
    bytes.readUInt32BE(8),
    bytes.readUInt32BE(12) | 1,
  ]);
}

/** A shuffled copy, every order equally likely: the items sorted by one random number each. */
export const shuffle = <T>(items: readonly T[], random: RandomStream): T[] =>
  items
    .map((item) => ({ item, key: random.uniform() }))
    .sort((x, y) => x.key - y.key)
    .map(({ item }) => item);
