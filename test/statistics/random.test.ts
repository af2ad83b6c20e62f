import { describe, expect, test } from "vitest";
import { hashRandom, randomStream, shuffle, xoshiro128 } from "../../src/statistics/random.ts";

describe("random numbers", () => {
  test("xoshiro128** gives the reference implementation's outputs", () => {
    // prng.di.unimi.it/xoshiro128starstar.c (version 1.1) from the state 1, 2, 3, 4
    const stream = xoshiro128([1, 2, 3, 4]);
    expect(Array.from({ length: 10 }, () => stream.bits())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  test("hashRandom depends on seed, purpose and index, and on nothing else", () => {
    const draw = hashRandom("seed", "split", 7);
    // first 53 bits of: printf '["seed","split",7]' | sha256sum
    expect(draw).toBe(0.2367234520419358);
    expect(hashRandom("seed", "split", 7)).toBe(draw);
    for (const other of [
      hashRandom("Seed", "split", 7),
      hashRandom("seed", "", 7),
      hashRandom("seed", "split", 8),
    ])
      expect(other).not.toBe(draw);
    expect(hashRandom("a", "bc", 1)).not.toBe(hashRandom("ab", "c", 1));
  });

  test("streams repeat for the same seed and differ for another purpose", () => {
    const first = (seed: string, purpose: string) => {
      const stream = randomStream(seed, purpose);
      return [stream.uniform(), stream.uniform(), stream.below(1000)];
    };
    expect(first("s", "bootstrap")).toEqual(first("s", "bootstrap"));
    expect(first("s", "bootstrap")).not.toEqual(first("s", "sign-flip"));
    expect(first("s", "bootstrap")).not.toEqual(first("t", "bootstrap"));
  });

  test("uniform numbers and integers are spread evenly", () => {
    const stream = randomStream("even", "test");
    const counts = new Array<number>(6).fill(0);
    let sum = 0;
    for (let i = 0; i < 60_000; i += 1) {
      const face = stream.below(6);
      counts[face] = (counts[face] ?? 0) + 1;
      sum += stream.uniform();
    }
    const chiSquare = counts.reduce((total, count) => total + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquare).toBeLessThan(20.5); // 99.9 % point with 5 degrees of freedom
    expect(Math.abs(sum / 60_000 - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / 60_000));
  });

  test("a shuffle keeps the items and makes every order equally likely", () => {
    const stream = randomStream("shuffle", "test");
    const orders = new Map<string, number>();
    for (let i = 0; i < 6_000; i += 1) {
      const order = shuffle(["a", "b", "c"], stream).join("");
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect([...orders.keys()].sort()).toEqual(["abc", "acb", "bac", "bca", "cab", "cba"]);
    const chiSquare = [...orders.values()].reduce((total, count) => total + (count - 1_000) ** 2 / 1_000, 0);
    expect(chiSquare).toBeLessThan(20.5);
  });
});
