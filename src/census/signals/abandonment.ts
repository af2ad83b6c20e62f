import { quoteOf, type Signal } from "../signal.ts";
import { userTurns } from "./turns.ts";

/** The conversation stops at a turn of the user's that got no answer or failed: nothing was said after it. */
export const abandonment: Signal = {
  name: "abandonment",
  definition: "The conversation stops at a turn of the user's that got no answer or failed.",
  layer: "harness",
  least: 1,
  sessionsOnly: true,
  find(conversation) {
    const last = userTurns(conversation).at(-1);
    if (!last?.ended || (last.answers.length > 0 && !last.failed)) return [];
    const why = last.failed ? "failed" : "got no answer";
    return [{ turn: last.turn, detail: `the last turn ${why}`, quote: quoteOf(last.text) }];
  },
};
