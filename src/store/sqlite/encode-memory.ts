import { hash } from "node:crypto";
import type { Message } from "../../model/message.ts";
import { createRecentMap, type RecentMap } from "../../model/recent-map.ts";
import type { SplitState } from "../../model/split-json-array.ts";
import type { TextList } from "../../model/text-list.ts";
import type { Ref } from "./wire.ts";

/** What this process knows of a stored content. `id` 0: sent, and its row's id has not come back yet. */
export interface KnownContent {
  /** 16 bytes, a character each. */
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

/** A message list as it was last seen in its scope, and the chain that holds it. */
export interface KnownMessages {
  readonly messages: readonly Message[];
  readonly chain: KnownChain;
  /** Of all their JSON. */
  readonly chars: number;
  readonly whole: boolean;
}

/** A text as it was last seen: up to the end of its last element, and the chain that holds these. */
export interface KnownText {
  readonly body: string;
  readonly chars: number;
  readonly chain: KnownChain;
  readonly state: SplitState;
}

/** What is known of one project. */
export interface ProjectMemory {
  /** By their hashes. */
  readonly contents: RecentMap<string, KnownContent>;
  readonly chains: RecentMap<string, KnownChain>;
  /** Of what comes again as the very same object. */
  readonly chainsOfLists: WeakMap<TextList, KnownChain>;
  readonly contentsOfValues: WeakMap<object, KnownContent>;
}

const PROJECTS = 8;

/** Lists that branch from one another (agents that work in turns) each go on from their own last state. */
const LISTS_PER_KEY = 4;
const LIST_CHARS = 8_000_000;
/** A list takes more than its characters. */
const charsOf = (entries: readonly { readonly chars: number }[]) =>
  entries.reduce((sum, entry) => sum + entry.chars, 800);

/**
 * What an encoder remembers, bounded. Losing any of it costs time, never correctness: the store answers when
 * something that was left out is not there.
 */
export function createEncodeMemory() {
  const projects = createRecentMap<string, ProjectMemory>(PROJECTS);
  const scopes = createRecentMap<string, string>(16_000);
  const messageLists = createRecentMap<string, KnownMessages[]>(LIST_CHARS, charsOf);
  const sourceLists = createRecentMap<string, KnownText[]>(LIST_CHARS, charsOf);
  return {
    /** By scope. */
    messageLists,
    /** By scope and attribute. */
    sourceLists,
    project(projectId: string): ProjectMemory {
      const known = projects.get(projectId);
      if (known) return known;
      const made = {
        contents: createRecentMap<string, KnownContent>(16_000),
        chains: createRecentMap<string, KnownChain>(16_000),
        chainsOfLists: new WeakMap(),
        contentsOfValues: new WeakMap(),
      };
      projects.set(projectId, made);
      return made;
    },
    /** Session of a trace, as far as this process has seen. */
    scopes,
    forget() {
      projects.clear();
      messageLists.clear();
      sourceLists.clear();
    },
  };
}
export type EncodeMemory = ReturnType<typeof createEncodeMemory>;

/** The longest remembered list that `text` goes on from. Comparing a beginning costs a memory comparison. */
export function findBeginning(
  entries: readonly KnownText[] | undefined,
  text: string,
): KnownText | undefined {
  let best: KnownText | undefined;
  for (const entry of entries ?? []) {
    if (best && entry.body.length <= best.body.length) continue;
    if (text.slice(0, entry.body.length) === entry.body) best = entry;
  }
  return best;
}

/** The remembered lists of a key with `added` in front, which takes the place of the one that it goes on from. */
export function rememberList<Known extends KnownText | KnownMessages>(
  entries: readonly Known[] | undefined,
  added: Known,
  replaced: Known | undefined,
): Known[] {
  const isSame = ({ chain }: Known) => chain.hash === added.chain.hash;
  const rest = (entries ?? []).filter((entry) => entry !== replaced && !isSame(entry));
  return [added, ...rest.slice(0, LISTS_PER_KEY - 1)];
}

const HASH_BYTES = 16;

/** First 16 bytes of the SHA-256 of a text, a character each. */
export const hashText = (text: string): string => hash("sha256", text, "binary").slice(0, HASH_BYTES);

const pair = Buffer.alloc(2 * HASH_BYTES);

/** The hash of the empty list. */
export const NO_CHAIN_HASH = "\0".repeat(HASH_BYTES);

/** First 16 bytes of SHA-256(parent's hash, content's hash), a character each like these. */
export function hashChain(parent: string, content: string): string {
  putHash(parent, pair, 0);
  putHash(content, pair, HASH_BYTES);
  return hash("sha256", pair, "binary").slice(0, HASH_BYTES);
}

/** Writes a hash's 16 bytes: faster than a call into Buffer's own code. */
export function putHash(hash: string, into: Uint8Array, at: number): void {
  for (let i = 0; i < HASH_BYTES; i++) into[at + i] = hash.charCodeAt(i);
}
