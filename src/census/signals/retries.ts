import type { Hit, Signal } from "../signal.ts";
import { toolCalls } from "./tool-calls.ts";

/** After a failed tool call the same tool was called next, or after a failed model call the model. */
export const retries: Signal = {
  name: "retries",
  definition:
    "After a failed tool call the next call was to the same tool, or a failed model call was made again in its turn.",
  layer: "harness",
  least: 1,
  find(conversation) {
    const calls = toolCalls(conversation);
    const ofTools = calls.flatMap(({ turn, name }, i): Hit[] => {
      const before = calls[i - 1];
      return before?.failed && before.name === name && before.turn === turn
        ? [{ turn, detail: `${name.slice(0, 80)} again after it failed`, quote: null }]
        : [];
    });
    const ofModels = conversation.calls.flatMap(({ turn }, i): Hit[] => {
      const before = conversation.calls[i - 1];
      return before?.failed && before.turn === turn
        ? [{ turn, detail: "a model call again after it failed", quote: null }]
        : [];
    });
    return [...ofTools, ...ofModels];
  },
};
