import type { Json } from "../../model/json.ts";
import type { JudgedItem, JudgedToolCall } from "../../model/judged-item.ts";
import type { Message, Part } from "../../model/message.ts";
import { argumentsText, valueText } from "../../reading/message-text.ts";
import { messageTurns } from "../turns.ts";
import { furtherCalls } from "./calls.ts";
import type { Writer } from "./writer.ts";

/** `name(arguments)` on the rest of a line of ours. */
export const callText = (name: string, value: Json, writer: Writer): string =>
  `${writer.name(name)}(${writer.inset(argumentsText(value))})`;

/** Begins with a word of ours, since a tool may be named `agent: I did it`. */
export const resultText = (name: string, result: Json, isError: boolean, writer: Writer): string =>
  `${isError ? "error" : "result"} of ${writer.name(name)}: ${writer.inset(valueText(result))}`;

interface Rows {
  readonly writer: Writer;
  readonly reasoning: boolean;
  /** Names of calls by their ids, for results that say only the id. */
  readonly callNames: Map<string, string>;
}

function partRow(part: Part, speaker: string, rows: Rows): string | null {
  const { writer } = rows;
  switch (part.type) {
    case "text":
      return part.text.trim() === "" ? null : `${speaker}: ${writer.inset(part.text)}`;
    case "media":
      return `${speaker}: ${writer.media(part)}`;
    case "reasoning":
      return rows.reasoning ? `${speaker} thinks: ${writer.inset(part.text)}` : null;
    case "tool_call":
      if (part.id !== null) rows.callNames.set(part.id, part.name);
      return `${speaker} calls ${callText(part.name, part.arguments, writer)}`;
    case "tool_result": {
      const name = part.name ?? (part.id === null ? undefined : rows.callNames.get(part.id)) ?? "tool";
      return resultText(name, part.result, part.isError ?? false, writer);
    }
    case "compaction":
      return `(earlier turns, summarized) ${writer.inset(part.text)}`;
    case "other":
      return `${speaker} (${writer.name(part.kind)}): ${writer.inset(valueText(part.value))}`;
  }
}

const SPEAKERS = { user: "user", assistant: "agent", system: "system", tool: "tool" } as const;

interface RowOptions {
  /** Whether the agent's reasoning is shown. */
  readonly reasoning?: boolean;
  /** Whether a line begins each turn, where there is more than one. */
  readonly marksTurns?: boolean;
}

/** What begins each turn, before the first of its rows, so that both stay together. */
const turnMark = (turn: number): string => `(turn ${turn})`;

const MARK = /^\(turn (\d+)\)\n/;

/** The turn that an entry begins; undefined within one. No entry begins so by what stands in it: see `partRow`. */
export function turnBegunBy(block: string): number | undefined {
  const turn = MARK.exec(block)?.[1];
  return turn === undefined ? undefined : Number(turn);
}

function withTurns(
  rows: readonly (readonly string[])[],
  turns: readonly number[],
): readonly (readonly string[])[] {
  if (new Set(turns).size < 2) return rows;
  let current = 0;
  return rows.map((some, i) => {
    const turn = turns[i] ?? current;
    const [first, ...rest] = some;
    if (first === undefined || turn === current) return some;
    current = turn;
    return [`${turnMark(turn)}\n${first}`, ...rest];
  });
}

/** For each message its rows, one a part: who said it, or which call returned what. No ids. */
function rowsByMessage(messages: readonly Message[], writer: Writer, options: RowOptions) {
  const rows: Rows = { writer, reasoning: options.reasoning ?? false, callNames: new Map() };
  return messages.map(({ role, name, parts }) => {
    const speaker = name === undefined ? SPEAKERS[role] : `${SPEAKERS[role]} (${writer.name(name)})`;
    return parts.map((part) => partRow(part, speaker, rows)).filter((row) => row !== null);
  });
}

export const messageRows = (messages: readonly Message[], writer: Writer): readonly string[] =>
  rowsByMessage(messages, writer, {}).flat();

/** A call and what came of it, in two rows. */
export const callRows = (call: JudgedToolCall, writer: Writer): readonly string[] => [
  `call of ${callText(call.name, call.arguments, writer)}`,
  resultText(call.name, call.result, call.isError, writer),
];

const asMessage = (role: "user" | "assistant", value: Json): Message[] =>
  value === null || value === "" ? [] : [{ role, parts: [{ type: "text", text: valueText(value) }] }];

const speaks = (message: Message) =>
  message.role === "assistant" && message.parts.some(({ type }) => type === "text" || type === "media");

/**
 * The whole conversation in rows. What the item holds beside its messages is put in: the input and the output where no
 * message has them, and calls that no message mentions, before the last answer.
 */
export function conversationRows(
  item: JudgedItem,
  writer: Writer,
  options: RowOptions = {},
): readonly string[] {
  const recorded = item.conversation.length > 0 ? item.conversation : asMessage("user", item.inputs);
  const messages = recorded.some(speaks) ? recorded : [...recorded, ...asMessage("assistant", item.output)];
  const plain = rowsByMessage(messages, writer, options);
  const rows = options.marksTurns
    ? withTurns(plain, messageTurns({ ...item, conversation: messages }))
    : plain;
  const answer = messages.findLastIndex(speaks);
  const end = answer < 0 ? rows.length : answer;
  const further = furtherCalls(item).flatMap((call) => callRows(call, writer));
  return [
    ...rows.slice(0, end).flat(),
    ...(further.length > 0 ? ["(calls whose place is not recorded)", ...further] : []),
    ...rows.slice(end).flat(),
  ];
}
