import { type Hit, quoteOf, type Signal } from "../signal.ts";

/** A turn that failed as a whole: its root span has status error. */
export const errors: Signal = {
  name: "errors",
  definition: "A turn failed as a whole (status error of its root).",
  layer: "harness",
  least: 1,
  judge: "no_errors",
  find: ({ traces }) =>
    traces.flatMap(({ status, errorPreview }, i): Hit[] =>
      status === "error"
        ? [{ turn: i + 1, detail: "the turn failed", quote: quoteOf(errorPreview ?? "") }]
        : [],
    ),
};
