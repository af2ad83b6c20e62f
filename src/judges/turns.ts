import type { JudgedItem } from "../model/judged-item.ts";
import type { Message } from "../model/message.ts";

const speaks = ({ role, parts }: Message): boolean =>
  role === "user" &&
  parts.some((part) => part.type === "media" || (part.type === "text" && part.text.trim() !== ""));

/**
 * The turn of each message of the conversation, from 1: as recorded where that tells turns apart, else the user's
 * messages are counted, what stands before the first being of turn 1.
 */
export function messageTurns({
  conversation,
  turns,
}: Pick<JudgedItem, "conversation" | "turns">): readonly number[] {
  if (turns?.length === conversation.length && new Set(turns).size > 1) return turns;
  let turn = 0;
  return conversation.map((message) => {
    if (speaks(message)) turn += 1;
    return Math.max(1, turn);
  });
}
