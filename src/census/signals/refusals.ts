import { findRefusal } from "../../judges/builtin/no-refusal.ts";
import { type Hit, quoteOf, type Signal } from "../signal.ts";
import { userTurns } from "./turns.ts";

/** An answer that begins with a refusal to help, by English set phrases. */
export const refusals: Signal = {
  name: "refusals",
  definition: "An answer begins with a refusal to help (English set phrases).",
  layer: "prompt",
  least: 1,
  judge: "no_refusal",
  find: (conversation) =>
    userTurns(conversation).flatMap(({ turn, answers }) =>
      answers.flatMap((text): Hit[] =>
        findRefusal(text) === null ? [] : [{ turn, detail: "refuses", quote: quoteOf(text) }],
      ),
    ),
};
