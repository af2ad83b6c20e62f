import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { SplitState } from "./split-json-array.ts";
import type { Ref } from "./wire.ts";

/** What this process knows of a stored content. `id` 0: sent, and its row's id has not come back yet. */
export interface KnownContent {
  /** 16 bytes in hex. */
  readonly hash: string;
  id: number;
  sent: boolean;
  searchable: boolean;
  /** Its place in the batch being encoded: valid while `batch` is that batch. */
  ref: Ref;
  batch: object | null;
}

export interface KnownChain {
  readonly hash: string;
  readonly length: number;
  id: number;
  sent: boolean;
  ref: Ref;
  batch: object | null;
}

/** A list as it was last seen: its text up to the end of its last element, and the chain that holds it. */
export interface KnownList<State> {
  readonly body: string;
  readonly chain: KnownChain;
  readonly state: State;
}

/** Lists that branch from one another (agents that work in turns) each go on from their own last state. */
const LISTS_PER_KEY = 4;
const LIST_LIMITS = {
  max: 10_000,
  maxSize: 8_000_000,
  sizeCalculation: (entries: readonly { readonly body: string }[]) =>
    entries.reduce((sum, entry) => sum + entry.body.length, 64),
} as const;

/**
 * What an encoder remembers, bounded. Losing any of it costs time, never correctness: the store answers when
 * something that was left out is not there.
 */
export function createEncodeMemory() {
  const contents = new LRUCache<string, KnownContent>({ max: 60_000 });
  const chains = new LRUCache<string, KnownChain>({ max: 60_000 });
  const scopes = new LRUCache<string, string>({ max: 20_000 });
  const messageLists = new LRUCache<string, KnownList<number>[]>(LIST_LIMITS);
  const sourceLists = new LRUCache<string, KnownList<SplitState>[]>(LIST_LIMITS);
  return {
    contents,
    chains,
    /** By scope; the state is the number of messages. */
    messageLists,
    /** By scope and attribute. */
    sourceLists,
    /** Session of a trace, as far as this process has seen. */
    scopes,
    forget() {
      contents.clear();
      chains.clear();
      messageLists.clear();
      sourceLists.clear();
    },
  };
}
export type EncodeMemory = ReturnType<typeof createEncodeMemory>;

/** The longest remembered list that `text` goes on from. Comparing a beginning costs a memory comparison. */
export function findBeginning<State>(
  entries: readonly KnownList<State>[] | undefined,
  text: string,
): KnownList<State> | undefined {
  let best: KnownList<State> | undefined;
  for (const entry of entries ?? []) {
    if (best && entry.body.length <= best.body.length) continue;
    if (text.slice(0, entry.body.length) === entry.body) best = entry;
  }
  return best;
}

/** The remembered lists of a key with `added` in front, which takes the place of the one that it goes on from. */
export function rememberList<State>(
  entries: readonly KnownList<State>[] | undefined,
  added: KnownList<State>,
  replaced: KnownList<State> | undefined,
): KnownList<State>[] {
  const rest = (entries ?? []).filter((entry) => entry !== replaced && entry.body !== added.body);
  return [added, ...rest.slice(0, LISTS_PER_KEY - 1)];
}

/** First 16 bytes of the SHA-256 of a text, in hex. */
export const hashText = (text: string): string => hash("sha256", text, "hex").slice(0, 32);

const pair = Buffer.alloc(32);

/** The hash of the empty list. */
export const NO_CHAIN_HASH = "0".repeat(32);

/** First 16 bytes of SHA-256(parent's hash, content's hash), in hex. */
export function hashChain(parent: string, content: string): string {
  pair.write(parent, 0, "hex");
  pair.write(content, 16, "hex");
  return hash("sha256", pair, "hex").slice(0, 32);
}
