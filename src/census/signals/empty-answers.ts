import { type Hit, quoteOf, type Signal } from "../signal.ts";
import { userTurns } from "./turns.ts";

/** A turn of the user's that ended without an error and without a word to the user. */
export const emptyAnswers: Signal = {
  name: "empty_answers",
  definition: "A turn ended without an error and without a word to the user.",
  layer: "model",
  least: 1,
  find: (conversation) =>
    userTurns(conversation).flatMap(({ turn, text, answers, failed, ended }): Hit[] =>
      ended && !failed && answers.length === 0
        ? [{ turn, detail: "no answer in words", quote: quoteOf(text) }]
        : [],
    ),
};
