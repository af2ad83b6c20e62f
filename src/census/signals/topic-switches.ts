import { type Hit, quoteOf, type Signal } from "../signal.ts";
import { contentWords } from "./shingles.ts";
import { userTurns } from "./turns.ts";

const LEAST_WORDS = 4;

const shares = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  [...a].some((word) => b.has(word));

/** A message of four topic words or more that shares none with the user's last message and the answer to it. */
export const topicSwitches: Signal = {
  name: "topic_switches",
  definition:
    "The user changes the topic: four topic words or more, none of them in the last message or the answer to it.",
  layer: "user",
  least: 1,
  sessionsOnly: true,
  find(conversation) {
    const turns = userTurns(conversation);
    return turns.flatMap(({ turn, text }, i): Hit[] => {
      const before = turns[i - 1];
      if (!before || before.answers.length === 0) return [];
      const words = contentWords(text);
      const heard = contentWords(before.text);
      const answered = contentWords(before.answers.join(" "));
      return words.size >= LEAST_WORDS && !shares(words, heard) && !shares(words, answered)
        ? [{ turn, detail: "another topic", quote: quoteOf(text) }]
        : [];
    });
  },
};
