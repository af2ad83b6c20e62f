import { setImmediate as pause } from "node:timers/promises";
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

export interface NearDuplicates {
  /** Most similar first. */
  readonly pairs: readonly NearPair[];
  /** False: the search ended at 10,000 pairs, and there may be more. */
  readonly complete: boolean;
}

const SHINGLE = 3;
const BANDS = 16;
const ROWS = 4;
const NEAR = 0.7;
/** A bucket that holds more is boilerplate; its pairs are compared only with the first so many. */
const MAX_BUCKET = 60;
const MAX_PAIRS = 10_000;
/** So many examples are worked on before others get their turn. */
const STRIDE = 1_000;

/** FNV-1a over UTF-16 code units, 32 bits. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** The hashes of a text's word 3-grams, ascending, each once. */
function shinglesOf(text: string): Uint32Array {
  const words =
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  const count = Math.max(1, words.length - SHINGLE + 1);
  const hashes = Array.from({ length: count }, (_, i) => hash32(words.slice(i, i + SHINGLE).join(" ")));
  return Uint32Array.from(new Set(hashes)).sort();
}

/** xor-multiply mixing of a 32-bit hash by the permutation's number (a murmur3 finalizer). */
function permuted(hash: number, n: number): number {
  let x = (hash ^ Math.imul(n + 1, 0x9e3779b1)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The least of each of the band's permutations, mixed into one number. */
function bandKey(shingles: Uint32Array, band: number): number {
  let key = band;
  for (let row = 0; row < ROWS; row += 1) {
    let least = 0xffffffff;
    for (const hash of shingles) least = Math.min(least, permuted(hash, band * ROWS + row));
    key = permuted(least, key);
  }
  return key;
}

function jaccard(a: Uint32Array, b: Uint32Array): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const difference = (a[i] ?? 0) - (b[j] ?? 0);
    if (difference === 0) shared += 1;
    if (difference <= 0) i += 1;
    if (difference >= 0) j += 1;
  }
  return shared / (a.length + b.length - shared);
}

/**
 * Pairs of examples that ask nearly the same. MinHash with banding (Broder 1997; Leskovec et al., Mining of Massive
 * Datasets, chapter 3: 16 bands of 4 rows find pairs of similarity .7 with a chance of 98 %), each candidate then
 * compared whole; so no pair is wrong and a few may be missed.
 */
export async function findNearDuplicates(examples: readonly Example[]): Promise<NearDuplicates> {
  const texts: Uint32Array[] = [];
  for (const example of examples) {
    const asked = firstUserText(example) ?? JSON.stringify(example.inputs);
    texts.push(shinglesOf([asked, ...example.turns].join(" ")));
    if (texts.length % STRIDE === 0) await pause();
  }
  const found = new Map<number, NearPair>();
  for (let band = 0; band < BANDS && found.size < MAX_PAIRS; band += 1) {
    const buckets = new Map<number, number[]>();
    for (const [i, shingles] of texts.entries()) {
      const key = bandKey(shingles, band);
      const bucket = buckets.get(key) ?? [];
      for (const j of bucket) {
        const place = j * texts.length + i;
        const pair = found.has(place) ? null : pairOf(examples[j], examples[i], texts[j], shingles);
        if (pair) found.set(place, pair);
      }
      if (found.size >= MAX_PAIRS) break;
      if (bucket.length < MAX_BUCKET) bucket.push(i);
      buckets.set(key, bucket);
      if (i % STRIDE === 0) await pause();
    }
  }
  const pairs = [...found.values()].sort((a, b) => b.similarity - a.similarity || (a.a < b.a ? -1 : 1));
  return { pairs, complete: found.size < MAX_PAIRS };
}

function pairOf(
  a: Example | undefined,
  b: Example | undefined,
  shinglesA: Uint32Array | undefined,
  shinglesB: Uint32Array,
): NearPair | null {
  if (!a || !b || !shinglesA) return null;
  const similarity = jaccard(shinglesA, shinglesB);
  if (similarity < NEAR) return null;
  return { a: a.id, b: b.id, similarity, crossesSplits: a.split !== b.split };
}
