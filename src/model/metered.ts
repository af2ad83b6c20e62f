import { z } from "zod";

/** Whose word a number of a run is. The first that knows it: the target's result, our metering proxy, its traces. */
export const UsageSource = z.enum(["result", "meter", "traces"]);
export type UsageSource = z.infer<typeof UsageSource>;

/** What passed through the metering proxy. Sums are over the calls of which it is known; null where it is of none. */
export const Metered = z.object({
  /** Model calls that were sent on and answered, or cut off while they were. */
  calls: z.int(),
  /** Of these, calls whose answer said no usage: what they used is unknown, not zero. */
  unknown: z.int(),
  /** Of these, calls whose usage is known and whose price is not. */
  unpriced: z.int(),
  /** Answered with an error status, or not answered: they used nothing. */
  failed: z.int(),
  /** Not sent on, since a budget was used up. */
  refused: z.int(),
  inputTokens: z.number().nullable(),
  /** Of the input, read from the provider's cache. */
  cachedTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  costUsd: z.number().nullable(),
  /** As answers name them, the first ten: text of the provider. */
  models: z.array(z.string()),
});
export type Metered = z.infer<typeof Metered>;

export const NOTHING_METERED: Metered = {
  calls: 0,
  unknown: 0,
  unpriced: 0,
  failed: 0,
  refused: 0,
  inputTokens: null,
  cachedTokens: null,
  outputTokens: null,
  costUsd: null,
  models: [],
};

/** A sum of what is known. */
export const addKnown = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : a + b;
