import type { Layer } from "../model/census.ts";
import type { Conversation } from "./conversation.ts";

/** One place where a signal was found. */
export interface Hit {
  /** The trace's place in the session, from 1; null: of the whole. */
  readonly turn: number | null;
  /** What was found, in our words, numbers and names of tools. */
  readonly detail: string;
  /** The words of the trace that show it. */
  readonly quote: string | null;
}

/** Limits beyond which a value is far out, from all that match; null where too few are known. */
export interface Fences {
  readonly costUsd: number | null;
  readonly durationMs: number | null;
  readonly steps: number | null;
}

/** Something that code finds in a conversation and that often goes with trouble. It is no verdict. */
export interface Signal {
  /** snake_case; the kind's id and `issue.NAME` of the feedback. */
  readonly name: string;
  /** What counts, with its threshold, in one sentence. */
  readonly definition: string;
  /** Which layer to look at first; null: it does not tell. */
  readonly layer: Layer | null;
  /** Hits from which a conversation is of the kind. */
  readonly least: number;
  /** Says something only about whole conversations. */
  readonly sessionsOnly?: boolean;
  /** The built-in judge that decides the same. */
  readonly judge?: string;
  find(conversation: Conversation, fences: Fences): readonly Hit[];
  /** A finer strength than the number of hits. */
  measure?(conversation: Conversation): number | null;
}

const QUOTED = 200;

/** Words of a trace as a quote: one line of at most 200 characters. */
export const quoteOf = (text: string): string | null => {
  const line = text
    .slice(0, QUOTED * 4)
    .replace(/\s+/g, " ")
    .trim();
  return line === "" ? null : line.slice(0, QUOTED).toWellFormed();
};
