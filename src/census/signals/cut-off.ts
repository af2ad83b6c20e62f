import type { Hit, Signal } from "../signal.ts";

const LIMIT = /^(?:length|max_?(?:output_?)?tokens|max_tokens_reached|token_limit|model_length)$/i;

/** A model call that ended at its limit of tokens. */
export const cutOff: Signal = {
  name: "cut_off",
  definition: "A model call ended at its limit of tokens (finish reason length).",
  layer: "harness",
  least: 1,
  find: ({ calls }) =>
    calls.flatMap(({ turn, finishReasons }): Hit[] =>
      finishReasons.some((reason) => LIMIT.test(reason))
        ? [{ turn, detail: "an answer was cut off at the limit of tokens", quote: null }]
        : [],
    ),
};
