import type { Conversation } from "../conversation.ts";
import { type Hit, quoteOf } from "../signal.ts";
import { userTurns } from "./turns.ts";

/** A hit for each message of the user's in which `find` finds something; what it says is the detail. */
export const inUserTurns = (
  conversation: Conversation,
  find: (text: string) => string | undefined,
): readonly Hit[] =>
  userTurns(conversation).flatMap(({ turn, text }): Hit[] => {
    const detail = find(text);
    return detail === undefined ? [] : [{ turn, detail, quote: quoteOf(text) }];
  });
