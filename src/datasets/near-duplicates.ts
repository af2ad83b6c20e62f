import { createHash } from "node:crypto";
import { firstUserText } from "../evaluation/example-text.ts";
import type { Example } from "../model/example.ts";

export interface NearPair {
  readonly a: string;
  readonly b: string;
  /** Jaccard similarity of their word 3-grams, 0 to 1. */
  readonly similarity: number;
  /** In different splits: what is learnt from one is tested on the other. */
  readonly crossesSplits: boolean;
}

const SHINGLE = 3;
const BANDS = 16;
const ROWS = 4;
export const NEAR = 0.7;
/** A bucket that holds more is boilerplate; its pairs are compared only with the first so many. */
const MAX_BUCKET = 60;

function shinglesOf(text: string): Set<string> {
  const words =
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  const count = Math.max(1, words.length - SHINGLE + 1);
  return new Set(Array.from({ length: count }, (_, i) => words.slice(i, i + SHINGLE).join(" ")));
}

const hash32 = (text: string): number => createHash("sha1").update(text).digest().readUInt32LE(0);

/** xor-multiply mixing of a 32-bit hash by the permutation's number (a murmur3 finalizer). */
function permuted(hash: number, n: number): number {
  let x = (hash ^ Math.imul(n + 1, 0x9e3779b1)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

function signature(shingles: ReadonlySet<string>): number[] {
  const hashes = [...shingles].map(hash32);
  return Array.from({ length: BANDS * ROWS }, (_, n) =>
    hashes.reduce((least, hash) => Math.min(least, permuted(hash, n)), 0xffffffff),
  );
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const shingle of a) if (b.has(shingle)) shared += 1;
  return shared / (a.size + b.size - shared);
}

/**
 * Pairs of examples that ask nearly the same, most similar first. MinHash with banding (Broder 1997; Leskovec et al.,
 * Mining of Massive Datasets, chapter 3: 16 bands of 4 rows find pairs of similarity .7 with a chance of 98 %), each
 * candidate then compared exactly; so no pair is wrong and a few may be missed.
 */
export function findNearDuplicates(examples: readonly Example[]): readonly NearPair[] {
  const texts = examples.map((example) =>
    shinglesOf([firstUserText(example) ?? JSON.stringify(example.inputs), ...example.turns].join(" ")),
  );
  const buckets = new Map<string, number[]>();
  const found = new Map<string, NearPair>();
  for (const [i, shingles] of texts.entries()) {
    const rows = signature(shingles);
    for (let band = 0; band < BANDS; band += 1) {
      const key = `${band}:${rows.slice(band * ROWS, band * ROWS + ROWS).join(",")}`;
      const bucket = buckets.get(key) ?? [];
      for (const j of bucket) {
        const pair = pairOf(examples[j], examples[i], texts[j], shingles);
        if (pair) found.set(`${j}:${i}`, pair);
      }
      if (bucket.length < MAX_BUCKET) bucket.push(i);
      buckets.set(key, bucket);
    }
  }
  return [...found.values()].sort((a, b) => b.similarity - a.similarity || (a.a < b.a ? -1 : 1));
}

function pairOf(
  a: Example | undefined,
  b: Example | undefined,
  shinglesA: ReadonlySet<string> | undefined,
  shinglesB: ReadonlySet<string>,
): NearPair | null {
  if (!a || !b || !shinglesA) return null;
  const similarity = jaccard(shinglesA, shinglesB);
  if (similarity < NEAR) return null;
  return { a: a.id, b: b.id, similarity, crossesSplits: a.split !== b.split };
}
