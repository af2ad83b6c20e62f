import { z } from "zod";
import { SpendTotals } from "./ledger.ts";

const Score = z.number().nullable();

/** What a campaign's search came to; the look at the holdout is apart. */
export const OptimizationSummary = z.object({
  /** Why it ended; `stopped`: somebody asked for it. */
  stop: z.string(),
  rollouts: z.int(),
  proposals: z.int(),
  /** Candidates that were kept, the seed included. */
  pool: z.int(),
  /** By reason. */
  rejected: z.record(z.string(), z.int()),
  /** Validation scores. */
  seed: Score,
  best: z.object({ index: z.int(), score: Score }),
  /** The shortest within one standard error of the best. */
  chosen: z.object({
    index: z.int(),
    score: Score,
    /** What is left when the luck of having been chosen is taken off. */
    corrected: Score,
    length: z.int(),
    seedLength: z.int(),
  }),
  /** Means over the training examples that both were run on; not `paired`: over those of each by itself. */
  train: z.object({ seed: Score, chosen: Score, examples: z.int(), paired: z.boolean() }),
  noise: Score,
  tripwires: z.array(z.object({ name: z.string(), says: z.string() })),
  warnings: z.array(z.string()),
  spent: SpendTotals,
  /** What changed while it ran and should not have, in our words. */
  changed: z.array(z.string()),
  /** Hashes of what the judges depend on beside the setup, by part: the look at the holdout is held to them. */
  frozen: z.record(z.string(), z.string()).default({}),
});
export type OptimizationSummary = z.infer<typeof OptimizationSummary>;
