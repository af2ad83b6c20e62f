import { shortDuration } from "../../reading/format.ts";
import type { Hit, Signal } from "../signal.ts";

const LONG_MS = 30_000;

const slowest = (durations: readonly number[]): number | null =>
  durations.length === 0 ? null : Math.max(...durations);

/** A turn in which the user waited for more than 30 seconds, from the start of its trace to its end. */
export const longWaits: Signal = {
  name: "long_waits",
  definition: "A turn took more than 30 seconds.",
  layer: "harness",
  least: 1,
  find: ({ traces }) =>
    traces.flatMap(({ startUs, endUs }, i): Hit[] =>
      endUs !== null && endUs - startUs > LONG_MS * 1_000
        ? [{ turn: i + 1, detail: `a turn of ${shortDuration(endUs - startUs)}`, quote: null }]
        : [],
    ),
  measure: ({ traces }) =>
    slowest(traces.flatMap(({ startUs, endUs }) => (endUs === null ? [] : [endUs - startUs]))),
};
