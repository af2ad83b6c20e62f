import type { Json } from "../../../model/json.ts";
import type { MediaItem } from "../../../model/message.ts";
import { type Allowance, newAllowance } from "../clip.ts";

/** What reading messages finds besides them. One for each list that is read. */
export interface Found {
  /** Bytes that were inline and are now referenced, by hash. */
  readonly media: Map<string, MediaItem>;
  /** Finish reasons of answers, in order: they belong to the call, not to the message. */
  readonly finishReasons: string[];
  /** Tool definitions that came among the messages (LangChain's Langfuse callback sends them so). */
  readonly toolDefinitions: Json[];
  readonly allowance: Allowance;
  /** How many tool results the reader is inside of: their blocks may hold results again. */
  nesting: number;
  /** A JSON text was cut at its end and its beginning was read. */
  truncated: boolean;
}

export const newFound = (media: Map<string, MediaItem> = new Map()): Found => ({
  media,
  finishReasons: [],
  toolDefinitions: [],
  allowance: newAllowance(),
  nesting: 0,
  truncated: false,
});
