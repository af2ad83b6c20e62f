import type { Json } from "../../model/json.ts";
import type { SpanHead } from "../../model/span.ts";
import type { ContentId } from "../../store/store.ts";

/**
 * Who a row is by, or what it is about. `history`: text that stands in the agent's history in place of or between
 * earlier messages (a summary, a reminder) and that nobody said at this point.
 */
export type RowRole =
  | "user"
  | "assistant"
  | "tool"
  | "sub_agent"
  | "handoff"
  | "human"
  | "guardrail"
  | "retrieval"
  | "error"
  | "history";

/** One row of the transcript, with whole texts. */
export interface TranscriptRow {
  /** From 0, in the order of the conversation. */
  readonly index: number;
  /** The trace's place in the session, from 1; in a session of one trace the count of the user's messages so far. */
  readonly turn: number;
  readonly role: RowRole;
  /** What was said; what went wrong; for a tool its result. */
  readonly text: string;
  /** A tool call: its name, arguments and outcome. `answered` false: no result was recorded. */
  readonly tool?: {
    readonly name: string;
    readonly callId: string | null;
    readonly arguments: Json;
    readonly answered: boolean;
    readonly isError: boolean;
    readonly durationUs: number | null;
  };
  readonly agent: string | null;
  readonly traceId: string;
  readonly spanId: string;
  readonly startUs: number;
}

/** Where a text is, so that rows hold none. */
export type Source =
  | { readonly from: "item"; readonly content: ContentId; readonly index: number }
  | { readonly from: "value"; readonly content: ContentId }
  | { readonly from: "words"; readonly text: string };

export interface DraftTool {
  name: string;
  callId: string | null;
  arguments: Source | null;
  answered: boolean;
  isError: boolean;
  durationUs: number | null;
  /** Its own span has been joined. */
  hasSpan: boolean;
  callKey: number | null;
  resultKey: number | null;
}

/** A row before its texts are read. */
export interface Draft {
  readonly turn: number;
  readonly role: RowRole;
  /** Rises along the transcript; fractions come of rows put before others. */
  readonly order: number;
  text: Source | null;
  tool: DraftTool | null;
  agent: string | null;
  readonly traceId: string;
  spanId: string;
  startUs: number;
  /** Key of the text; null where there is none to compare. */
  readonly key: number | null;
}

export type Origin = Pick<SpanHead, "traceId" | "spanId" | "startUs"> & {
  readonly turn: number;
  readonly agent: string | null;
};
