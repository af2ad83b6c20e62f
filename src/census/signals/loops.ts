import type { Hit, Signal } from "../signal.ts";
import { type Call, toolCalls } from "./tool-calls.ts";

const LONGEST_PERIOD = 4;
const LEAST_ROUNDS = 3;

/** Rounds of the same `period` calls from `start` on. */
function roundsAt(calls: readonly Call[], start: number, period: number): number {
  let end = start + period;
  while (end < calls.length && calls[end]?.key === calls[end - period]?.key) end += 1;
  return Math.floor((end - start) / period);
}

function loopAt(calls: readonly Call[], start: number): { readonly period: number; readonly rounds: number } {
  for (let period = 1; period <= LONGEST_PERIOD; period += 1) {
    const rounds = roundsAt(calls, start, period);
    if (rounds >= LEAST_ROUNDS) return { period, rounds };
  }
  return { period: 1, rounds: 1 };
}

/** The same call, or the same row of up to four calls, with the same arguments, three times or more without a break. */
export const loops: Signal = {
  name: "loops",
  definition:
    "The same tool call, or the same row of up to four, with the same arguments three times or more without a break.",
  layer: "model",
  least: 1,
  find(conversation) {
    const calls = toolCalls(conversation);
    const hits: Hit[] = [];
    for (let start = 0; start < calls.length; ) {
      const { period, rounds } = loopAt(calls, start);
      const first = calls[start];
      if (rounds >= LEAST_ROUNDS && first)
        hits.push({
          turn: first.turn,
          detail: `${rounds} rounds of ${period === 1 ? first.name.slice(0, 80) : `${period} calls from ${first.name.slice(0, 80)} on`}`,
          quote: null,
        });
      start += rounds >= LEAST_ROUNDS ? period * rounds : 1;
    }
    return hits;
  },
};
