import type { BytePack } from "./byte-pack.ts";
import { compressText } from "./compress.ts";
import {
  type EncodeMemory,
  hashChain,
  hashText,
  type KnownChain,
  type KnownContent,
  NO_CHAIN_HASH,
} from "./encode-memory.ts";
import type { EncodedChain, EncodedContent, Ref } from "./wire.ts";

/** The contents and chains of one batch: each is listed once, and with its bytes only when the store lacks it. */
export interface RefEncoder {
  readonly contents: readonly EncodedContent[];
  readonly chains: readonly EncodedChain[];
  /** The remembered entries behind the two lists, in the same order. */
  readonly knownContents: readonly KnownContent[];
  readonly knownChains: readonly KnownChain[];
  /** A content by its exact text; `searchText` is asked only when the store has yet to index it. */
  content(text: string, searchText?: (() => string | null) | undefined): KnownContent;
  /** The list that goes on from `parent` (null: the empty list) by one content. */
  extend(parent: KnownChain | null, content: KnownContent): KnownChain;
  chainRef(chain: KnownChain | null): Ref;
  /** A content that was given before. */
  contentRef(content: KnownContent): Ref;
}

export function createRefEncoder(projectId: string, memory: EncodeMemory, pack: BytePack): RefEncoder {
  const batch = {};
  const { contents: contentsByHash, chains: chainsByHash } = memory.project(projectId);
  const contents: EncodedContent[] = [];
  const chains: EncodedChain[] = [];
  const knownContents: KnownContent[] = [];
  const knownChains: KnownChain[] = [];

  const addContent = (known: KnownContent, text: string, searched: string | null): void => {
    const packed = known.sent ? undefined : compressText(text);
    contents.push({
      hashAt: pack.hash(known.hash),
      chars: text.length,
      deflated: packed?.deflated ?? 0,
      dataAt: packed ? pack.bytes(packed.data) : 0,
      dataLength: packed?.data.length ?? -1,
      text: searched,
    });
    knownContents.push(known);
    known.sent = true;
    known.batch = batch;
    known.ref = -contents.length;
  };
  const contentRef = (known: KnownContent): Ref => {
    if (known.id > 0) return known.id;
    if (known.batch !== batch || known.ref > 0) addContent(known, "", null);
    return known.ref;
  };
  const addChain = (known: KnownChain, parent: Ref, content: Ref): void => {
    chains.push({
      hashAt: pack.hash(known.hash),
      parent,
      content,
      length: known.sent ? -1 : known.length,
    });
    knownChains.push(known);
    known.sent = true;
    known.batch = batch;
    known.ref = -chains.length;
  };
  const chainRef = (known: KnownChain | null): Ref => {
    if (!known) return 0;
    if (known.id > 0) return known.id;
    if (known.batch !== batch) addChain(known, 0, 0);
    return known.ref;
  };

  return {
    contents,
    chains,
    knownContents,
    knownChains,
    chainRef,
    contentRef,
    content(text, searchText) {
      const hash = hashText(text);
      const known = contentsByHash.get(hash) ?? newContent(hash);
      if (!known.sent) contentsByHash.set(hash, known);
      const searched = searchText && !known.searchable ? searchText() : null;
      if (searchText) known.searchable = true;
      if (known.id > 0 && searched === null) {
        known.ref = known.id;
      } else if (known.batch !== batch || known.ref > 0) {
        addContent(known, text, searched);
      } else if (searched !== null) {
        const listed = contents[-known.ref - 1];
        if (listed) contents[-known.ref - 1] = { ...listed, text: searched };
      }
      return known;
    },
    extend(parent, content) {
      const hash = hashChain(parent?.hash ?? NO_CHAIN_HASH, content.hash);
      const found = chainsByHash.get(hash);
      const known = found ?? newChain(hash, (parent?.length ?? 0) + 1);
      if (!found) {
        chainsByHash.set(hash, known);
        addChain(known, chainRef(parent), content.ref);
      } else chainRef(known);
      return known;
    },
  };
}

const newContent = (hash: string): KnownContent => ({
  hash,
  id: 0,
  sent: false,
  searchable: false,
  ref: 0,
  batch: null,
});

const newChain = (hash: string, length: number): KnownChain => ({
  hash,
  length,
  id: 0,
  sent: false,
  ref: 0,
  batch: null,
});
