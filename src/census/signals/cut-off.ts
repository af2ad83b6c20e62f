import { endedAtTokens } from "../../model/finish-reason.ts";
import type { Hit, Signal } from "../signal.ts";

/** A model call that ended at its limit of tokens. */
export const cutOff: Signal = {
  name: "cut_off",
  definition: "A model call ended at its limit of tokens (finish reason length).",
  layer: "harness",
  least: 1,
  find: ({ calls }) =>
    calls.flatMap(({ turn, finishReasons }): Hit[] =>
      endedAtTokens(finishReasons)
        ? [{ turn, detail: "an answer was cut off at the limit of tokens", quote: null }]
        : [],
    ),
};
