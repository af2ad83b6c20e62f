import type { Json } from "../../model/json.ts";
import type { Message, Part } from "../../model/message.ts";
import type { PromptRef, RetrievedDocument, SpanKind, Status, Usage } from "../../model/span.ts";
import type { Reader } from "./reader.ts";

/** Token counts that one convention states, and whether its `inputTokens` leaves cached ones out. */
export type UsageReading = { readonly [F in keyof Usage]?: number | undefined } & {
  readonly exclusive?: boolean | undefined;
};

/** All that a convention may know of a span. */
export interface Fields {
  kind: SpanKind;
  status: Status;
  statusMessage: string;
  errorType: string;
  sessionId: string;
  userId: string;
  agentName: string;
  provider: string;
  model: string;
  toolName: string;
  toolCallId: string;
  finishReasons: string[];
  usage: UsageReading;
  costUsd: number;
  timeToFirstTokenMs: number;
  responseId: string;
  prompts: PromptRef[];
  release: string;
  commit: string;
  tags: ReadonlyMap<string, string>;
  system: Part[];
  inputMessages: Message[];
  outputMessages: Message[];
  /** Read only where no messages say it, and always for tool and retrieval spans. */
  input: Json;
  output: Json;
  toolDefinitions: Json;
  documents: RetrievedDocument[];
}

/** How one convention reads each field; undefined or null says that it knows nothing. */
export type Extractors = {
  readonly [F in keyof Fields]?: (reader: Reader) => Fields[F] | null | undefined;
};

/**
 * One way of writing agent telemetry as attributes. A span usually carries two or three; each field is taken from
 * the first that has it.
 */
export interface Convention {
  readonly name: string;
  /** Instrumentation scopes that write it: their spans ask it first. */
  readonly scope?: RegExp;
  /** First words of its attribute keys, up to the dot: the convention is asked when the span has one. */
  readonly words: readonly string[];
  readonly fields: Extractors;
}

/** Asks the span's conventions for a field, in order. */
export type Ask = <F extends keyof Fields>(field: F) => Fields[F] | undefined;
