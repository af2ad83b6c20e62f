import type { Json } from "../../model/json.ts";
import type { JudgedItem, JudgedToolCall } from "../../model/judged-item.ts";
import type { Message } from "../../model/message.ts";
import { argumentsText } from "../../reading/message-text.ts";

/** Where the last turn begins: the place of the last user message, the start where there is none. */
export const lastTurn = (conversation: readonly Message[]): number =>
  Math.max(
    0,
    conversation.findLastIndex(({ role }) => role === "user"),
  );

/** Calls in messages, each with the result that names its id. */
function callsIn(messages: readonly Message[]): readonly JudgedToolCall[] {
  const parts = messages.flatMap((message) => message.parts);
  const results = parts.filter((part) => part.type === "tool_result");
  return parts.flatMap((part) => {
    if (part.type !== "tool_call") return [];
    const answer = results.find(({ id }) => id !== null && id === part.id);
    const { name, arguments: given } = part;
    const outcome = { result: answer?.result ?? null, isError: answer?.isError ?? false };
    return [{ name, arguments: given, ...outcome, spanId: null, turn: null }];
  });
}

const signature = (name: string, value: Json) => `${name} ${argumentsText(value)}`;

/** Calls of the item that no message of its conversation has: made inside, or recorded elsewhere. */
export function furtherCalls(item: JudgedItem): readonly JudgedToolCall[] {
  const said = new Map<string, number>();
  for (const call of callsIn(item.conversation)) {
    const key = signature(call.name, call.arguments);
    said.set(key, (said.get(key) ?? 0) + 1);
  }
  return item.toolCalls.filter((call) => {
    const key = signature(call.name, call.arguments);
    const left = said.get(key) ?? 0;
    said.set(key, left - 1);
    return left <= 0;
  });
}

/** The calls that are judged: the item's own, else those of the last turn's messages. */
export const judgedCalls = (item: JudgedItem): readonly JudgedToolCall[] =>
  item.toolCalls.length > 0 ? item.toolCalls : callsIn(item.conversation.slice(lastTurn(item.conversation)));

/** All calls whose results the agent had seen: of earlier turns too. */
export const allCalls = (item: JudgedItem): readonly JudgedToolCall[] => [
  ...callsIn(item.conversation),
  ...furtherCalls(item),
];
