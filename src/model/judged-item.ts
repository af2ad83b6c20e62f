import type { Json } from "./json.ts";
import type { Message } from "./message.ts";
import type { RetrievedDocument } from "./span.ts";

export interface JudgedToolCall {
  readonly name: string;
  readonly arguments: Json;
  readonly result: Json;
  readonly isError: boolean;
  readonly spanId: string | null;
  /** 1-based turn of the conversation in which it was made, where known. */
  readonly turn: number | null;
}

export interface Retrieval {
  readonly spanId: string | null;
  readonly query: Json;
  readonly documents: readonly RetrievedDocument[];
}

/** How the run went; null is unknown, never zero. */
export interface RunFacts {
  readonly ok: boolean;
  /** In our own words and the target's; untrusted. */
  readonly error: string | null;
  readonly durationMs: number | null;
  readonly costUsd: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** Model calls and tool calls together. */
  readonly steps: number | null;
  /** Failed spans anywhere inside, recovered from or not. */
  readonly innerErrors: number | null;
}

/**
 * All that a judge may look at: one answer of the agent, or a whole conversation. Built from a target's run joined
 * with its traces, or from recorded traces alone. Expectations by name; the usual ones are `answer`, `facts`
 * (strings), `toolCalls` ({name, arguments?}), `guidelines` (strings), `state`, `context`.
 */
export interface JudgedItem {
  readonly inputs: Json;
  readonly output: Json;
  /** The agent's instructions, where known. */
  readonly system: string | null;
  /** Each message once and in order, tool calls and results included, the judged answer last. */
  readonly conversation: readonly Message[];
  /** The turn of each message of the conversation, from 1, where it was recorded. */
  readonly turns?: readonly number[] | undefined;
  readonly toolCalls: readonly JudgedToolCall[];
  /** Definitions of the tools that the agent had, as it sent them. */
  readonly tools: Json;
  readonly retrievals: readonly Retrieval[];
  readonly state: Json;
  readonly expectations: Readonly<Record<string, Json>>;
  readonly run: RunFacts;
  /** What was said of it, by feedback name: of recorded runs only. */
  readonly feedback?: Readonly<Record<string, Json>> | undefined;
}
