import { findProfanity, profanityPattern } from "../../judges/builtin/user-tone.ts";
import type { Signal } from "../signal.ts";
import { inUserTurns } from "./user-says.ts";

const pattern = profanityPattern([]);

/** A swear word or insult of a short English list in a message of the user's. */
export const profanity: Signal = {
  name: "profanity",
  definition: "The user swears (a short English list).",
  layer: null,
  least: 1,
  judge: "no_user_profanity",
  find: (conversation) => inUserTurns(conversation, (text) => findProfanity(text, pattern, new Set())),
};
