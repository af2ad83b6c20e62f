import type { Json } from "../../model/json.ts";
import type { JudgedItem, JudgedToolCall } from "../../model/judged-item.ts";
import type { JudgeParams } from "../definition.ts";

/** What is particular to a tiny item; all else is empty. */
export type Fields = Partial<Omit<JudgedItem, "run">>;

/** An item whose right label no careful reader doubts. */
export interface KnownAnswer {
  readonly label: string;
  readonly item: Fields;
  /** For judges of pairs: the second answer; `item` is the first. */
  readonly second?: Fields;
  /** What the judge must be told for it; it is then a rubric of its own. */
  readonly params?: JudgeParams;
}

export type KnownAnswers = Readonly<Record<string, readonly KnownAnswer[]>>;

export const called = (name: string, given: Json, result: Json, isError = false): JudgedToolCall => ({
  name,
  arguments: given,
  result,
  isError,
  spanId: null,
  turn: null,
});

/** Turns of a conversation, the user's first. */
export const turns = (...texts: readonly string[]): JudgedItem["conversation"] =>
  texts.map((text, i) => ({ role: i % 2 === 0 ? "user" : "assistant", parts: [{ type: "text", text }] }));

/** A call as it stands in a conversation, and what came back. */
export const acted = (name: string, given: Json, result: Json): JudgedItem["conversation"] => [
  { role: "assistant", parts: [{ type: "tool_call", id: null, name, arguments: given }] },
  { role: "tool", parts: [{ type: "tool_result", id: null, name, result }] },
];

export const says = (text: string): JudgedItem["conversation"][number] => ({
  role: "assistant",
  parts: [{ type: "text", text }],
});
