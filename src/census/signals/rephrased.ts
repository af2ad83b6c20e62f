import { type Hit, quoteOf, type Signal } from "../signal.ts";
import { resemblance, shinglesOf } from "./shingles.ts";
import { userTurns } from "./turns.ts";

const SIMILAR = 0.4;
const LEAST_SHINGLES = 8;

/** The user asks again in other words: the shingles of the message resemble those of an earlier one by .4 or more. */
export const rephrased: Signal = {
  name: "rephrased",
  definition:
    "The user asks again in other words: the message's shingles resemble an earlier message's by .4 or more.",
  layer: "model",
  least: 1,
  sessionsOnly: true,
  find(conversation) {
    const earlier: { readonly turn: number; readonly shingles: ReadonlySet<string> }[] = [];
    return userTurns(conversation).flatMap(({ turn, text }): Hit[] => {
      const shingles = shinglesOf(text);
      if (shingles.size < LEAST_SHINGLES) return [];
      const like = earlier.find((one) => resemblance(one.shingles, shingles) >= SIMILAR);
      earlier.push({ turn, shingles });
      return like ? [{ turn, detail: `asks again what turn ${like.turn} asked`, quote: quoteOf(text) }] : [];
    });
  },
};
