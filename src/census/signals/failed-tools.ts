import { quoteOf, type Signal } from "../signal.ts";
import { toolCalls } from "./tool-calls.ts";

/** A tool call with status error, or whose result says so (`{"error": ...}`, `Error: ...`). */
export const failedTools: Signal = {
  name: "failed_tools",
  definition:
    'A tool call failed: by its status, or by a result that says so ({"error": ...}, "Error: ...").',
  layer: "tool",
  least: 1,
  find: (conversation) =>
    toolCalls(conversation)
      .filter(({ failed }) => failed)
      .map(({ turn, name, result }) => ({
        turn,
        detail: `${name.slice(0, 80)} failed`,
        quote: quoteOf(result),
      })),
};
