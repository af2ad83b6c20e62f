import { shortDuration, shortMoney } from "../../reading/format.ts";
import { type Conversation, costOf, durationOf, stepsOf } from "../conversation.ts";
import type { Fences, Hit, Signal } from "../signal.ts";

interface Measured {
  readonly name: string;
  readonly what: string;
  of(conversation: Conversation): number | null;
  readonly fence: (fences: Fences) => number | null;
  readonly words: (value: number) => string;
}

/** Far out among all that match: above the third quartile by three times the spread of the quartiles (Tukey 1977). */
const outlier = ({ name, what, of, fence, words }: Measured): Signal => ({
  name,
  definition: `${what} is far above the others' (Tukey's outer fence over all that match).`,
  layer: "harness",
  least: 1,
  find(conversation, fences): readonly Hit[] {
    const value = of(conversation);
    const limit = fence(fences);
    return value !== null && limit !== null && value > limit
      ? [{ turn: null, detail: `${words(value)}, the fence is ${words(limit)}`, quote: null }]
      : [];
  },
  measure: of,
});

export const costly = outlier({
  name: "costly",
  what: "The cost",
  of: costOf,
  fence: ({ costUsd }) => costUsd,
  words: shortMoney,
});

export const slow = outlier({
  name: "slow",
  what: "The time in which the agent worked",
  of: durationOf,
  fence: ({ durationMs }) => durationMs,
  words: (ms) => shortDuration(ms * 1_000),
});

export const manySteps = outlier({
  name: "many_steps",
  what: "The number of model and tool calls",
  of: stepsOf,
  fence: ({ steps }) => steps,
  words: (steps) => `${Math.round(steps)} steps`,
});
