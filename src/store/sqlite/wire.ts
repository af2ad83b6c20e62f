import type { Assessment } from "../../model/assessment.ts";
import type { MediaItem } from "../../model/message.ts";
import type { SessionTags } from "../../store/store.ts";

/** What can be bound without another thought. */
export type Cell = string | number | null;

/**
 * A row of `content` or `chain`: 0 is none, above 0 a row's id, below 0 the place in the batch's own list, counted
 * from -1.
 */
export type Ref = number;

export interface EncodedContent {
  /** Where its 16 bytes of hash are in `bytes`. */
  readonly hashAt: number;
  readonly chars: number;
  readonly deflated: 0 | 1;
  readonly dataAt: number;
  /** -1: not sent, because an earlier insert of this process did. */
  readonly dataLength: number;
  /** What full-text search finds it by; null for contents that are not searched. */
  readonly text: string | null;
}

export interface EncodedChain {
  readonly hashAt: number;
  readonly parent: Ref;
  readonly content: Ref;
  /** -1: not sent, because an earlier insert of this process did. */
  readonly length: number;
}

export interface EncodedOccurrence {
  readonly content: Ref;
  readonly part: "message" | "input" | "output";
  readonly role: string | null;
  readonly direction: "in" | "out";
  readonly position: number;
}

export interface EncodedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  /** The session whose scope the occurrences belong to; null: the trace's. */
  readonly scopeSession: string | null;
  readonly stub: boolean;
  /** In the order of HEAD_COLUMNS. */
  readonly head: readonly Cell[];
  /** In the order of CONTENT_COLUMNS. */
  readonly content: readonly Ref[];
  readonly occurrences: readonly EncodedOccurrence[];
  readonly resource: Ref;
  /** False when the source said nothing at all. */
  readonly hasSource: boolean;
  readonly sourceDeflated: 0 | 1;
  readonly sourceAt: number;
  readonly sourceLength: number;
  /** Chains of the large strings, in the order of their numbers. */
  readonly sourceChains: readonly Ref[];
}

export interface EncodedBatch {
  readonly projectId: string;
  readonly contents: readonly EncodedContent[];
  readonly chains: readonly EncodedChain[];
  readonly spans: readonly EncodedSpan[];
  readonly media: readonly MediaItem[];
  readonly assessments: readonly Assessment[];
  readonly sessionTags: readonly SessionTags[];
}

/** One call of insert, ready for the database: the writing thread only binds. */
export interface EncodedInsert {
  /** Of the sender's memory of what is stored; after a failure everything that relied on it is sent again. */
  readonly epoch: number;
  /** The store's generation that the ids in it belong to; -1: it holds none. */
  readonly generation: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly batches: readonly EncodedBatch[];
}

export type InsertReply =
  | {
      readonly stored: true;
      readonly generation: number;
      /** Of each batch, the ids of its contents and then of its chains, in order. */
      readonly ids: Float64Array;
    }
  /** It relied on something that is not stored (any more): encode it again without relying on anything. */
  | { readonly stored: false; readonly generation: number };
