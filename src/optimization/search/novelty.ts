import { hashOf } from "../../canonical.ts";
import { type Answers, keyOf } from "./answers.ts";
import type { Candidate, Outcome } from "./contract.ts";

/** Two rewrites of one parent whose changed word sequences overlap this much (Jaccard) are the same edit. */
const SAME_EDIT = 0.9;
const SHINGLE = 3;

const wordsOf = (text: string): string[] =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];

/** Equal for texts that differ in case, spacing, punctuation and markup only. Code is compared as it is. */
const normalizedKey = ({ components, code }: Candidate): string =>
  hashOf({
    components: Object.fromEntries(
      Object.entries(components).map(([name, text]) => [name, wordsOf(text).join(" ")]),
    ),
    code,
  });

function shinglesOf({ components }: Candidate): Set<string> {
  const shingles = new Set<string>();
  for (const [name, text] of Object.entries(components)) {
    const words = wordsOf(text);
    for (let i = 0; i <= Math.max(0, words.length - SHINGLE); i += 1)
      shingles.add(`${name} ${words.slice(i, i + SHINGLE).join(" ")}`);
  }
  return shingles;
}

/** Word sequences that an edit adds (+) and takes away (-). */
function changesOf(from: ReadonlySet<string>, to: ReadonlySet<string>): Set<string> {
  const added = [...to].filter((shingle) => !from.has(shingle)).map((shingle) => `+${shingle}`);
  const removed = [...from].filter((shingle) => !to.has(shingle)).map((shingle) => `-${shingle}`);
  return new Set([...added, ...removed]);
}

const figuresOf = (changes: ReadonlySet<string>): string =>
  [...new Set([...changes].flatMap((shingle) => shingle.match(/\S*\p{N}\S*/gu) ?? []))].sort().join(" ");

/** A changed number is another edit, however much of the words is the same. */
function isSameEdit(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  let shared = 0;
  for (const change of a) if (b.has(change)) shared += 1;
  const union = a.size + b.size - shared;
  return union > 0 && shared / union >= SAME_EDIT && figuresOf(a) === figuresOf(b);
}

/** What was tried before, word for word or nearly. */
export class Tried<O extends Outcome> {
  readonly seedKey: string;
  readonly #answers: Answers<O>;
  readonly #exact = new Set<string>();
  /** Training examples on which a candidate was seen to change nothing, by its key. */
  readonly #idle = new Map<string, Set<string>>();
  readonly #normalized = new Set<string>();
  /** By the key of the parent. */
  readonly #edits = new Map<string, Set<string>[]>();

  constructor(answers: Answers<O>, seed: Candidate) {
    this.#answers = answers;
    this.seedKey = keyOf(seed);
    this.add(seed, null);
  }

  /**
   * null: new enough to be worth its evaluation on these training examples. A candidate that changed nothing where it
   * was tried may be tried where it was not: it is the second proposal of the same, and no case is paid twice.
   */
  find(
    candidate: Candidate,
    parent: Candidate,
    exampleIds: readonly string[],
  ): "unchanged" | "duplicate" | "near_duplicate" | null {
    const key = keyOf(candidate);
    if (key === keyOf(parent)) return "unchanged";
    const idle = this.#idle.get(key);
    if (idle) return exampleIds.some((id) => !idle.has(id)) ? null : "duplicate";
    if (this.#exact.has(key) || this.#answers.knows(key)) return "duplicate";
    if (this.#normalized.has(normalizedKey(candidate))) return "near_duplicate";
    if (candidate.code !== parent.code) return null;
    const changes = changesOf(shinglesOf(parent), shinglesOf(candidate));
    const earlier = this.#edits.get(keyOf(parent)) ?? [];
    return earlier.some((edit) => isSameEdit(edit, changes)) ? "near_duplicate" : null;
  }

  /** Tells that a candidate changed nothing on these examples; on others it may be tried again. */
  addIdle(key: string, exampleIds: readonly string[]): void {
    this.#idle.set(key, new Set([...(this.#idle.get(key) ?? []), ...exampleIds]));
  }

  add(candidate: Candidate, parent: Candidate | null): void {
    const own = keyOf(candidate);
    this.#idle.delete(own);
    if (this.#exact.has(own)) return;
    this.#exact.add(own);
    this.#normalized.add(normalizedKey(candidate));
    if (!parent || candidate.code !== parent.code) return;
    const key = keyOf(parent);
    const edits = this.#edits.get(key) ?? [];
    edits.push(changesOf(shinglesOf(parent), shinglesOf(candidate)));
    this.#edits.set(key, edits);
  }
}
