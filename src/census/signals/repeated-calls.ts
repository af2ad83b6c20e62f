import type { Hit, Signal } from "../signal.ts";
import { toolCalls } from "./tool-calls.ts";

/** The same tool call with the same arguments gave the same result before: it brought nothing new. */
export const repeatedCalls: Signal = {
  name: "repeated_calls",
  definition: "A tool call with the same arguments gave the same result before.",
  layer: "model",
  least: 1,
  judge: "no_repetition",
  find(conversation) {
    const seen = new Set<string>();
    return toolCalls(conversation).flatMap(({ turn, name, key, result, failed }): Hit[] => {
      const same = `${key}\n${result}`;
      const isRepeat = seen.has(same);
      seen.add(same);
      return isRepeat && !failed
        ? [{ turn, detail: `${name.slice(0, 80)} again, with the same result`, quote: null }]
        : [];
    });
  },
};
