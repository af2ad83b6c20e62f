import { z } from "zod";
import { Comparison } from "./comparison.ts";

export const ProposalStatus = z.enum(["pending", "applied", "rejected", "rolled_back"]);
export type ProposalStatus = z.infer<typeof ProposalStatus>;

/** `not_shown`: neither better nor worse is shown. `not_verified`: nobody independent has looked at sealed examples. */
export const ProposalVerdict = z.enum(["better", "not_shown", "worse", "not_verified"]);
export type ProposalVerdict = z.infer<typeof ProposalVerdict>;

const Score = z.number().nullable();

export const ProposedChange = z.object({
  component: z.string(),
  prompt: z.object({ name: z.string(), version: z.int() }).nullable(),
  before: z.string(),
  after: z.string(),
});
export type ProposedChange = z.infer<typeof ProposedChange>;

/** A change of the agent with the evidence for it. */
export const ProposalBody = z.object({
  optimization: z.string(),
  /** Index in the campaign's pool. */
  candidate: z.int(),
  hypothesis: z.string().nullable(),
  changes: z.array(ProposedChange),
  /** A patch of the repository's files, for candidates that are code; else null. */
  patch: z.string().nullable(),
  /** Of a model switch: for which student these texts are. Linked files then stay as they are. */
  match: z.object({ id: z.string(), student: z.string(), teacher: z.string() }).optional(),
  verdict: ProposalVerdict,
  /** One sentence with numbers, ours. */
  sentence: z.string(),
  /** Of the seed and of the candidate. `validationCorrected`: what is left when the luck of the chosen one is taken off. */
  scores: z.object({
    train: z.object({ before: Score, after: Score }),
    validation: z.object({ before: Score, after: Score }),
    validationCorrected: Score,
    holdout: z.object({ before: Score, after: Score }),
  }),
  /** Examples outside the holdout. */
  flips: z.object({ gained: z.array(z.string()), lost: z.array(z.string()) }),
  length: z.object({ before: z.int(), after: z.int() }),
  /** Of the look at the holdout; null when there was none. */
  comparison: Comparison.nullable(),
  /** How often these sealed examples have been looked at, this time included. */
  look: z.int().nullable(),
  /** Judges that a watch of live traffic asks, as the campaign was told; left out: none. */
  watchJudges: z.array(z.string()).optional(),
  /** What the evidence does not cover, in our words. */
  limits: z.array(z.string()),
  history: z.array(
    z.object({
      status: ProposalStatus,
      atUs: z.int(),
      reason: z.string().nullable(),
      /** Applied: judges that a watch of live traffic asks. */
      watch: z.array(z.string()).optional(),
      /** Applied: the prompt versions made, and what each alias pointed at before. */
      prompts: z.array(
        z.object({
          name: z.string(),
          version: z.int(),
          alias: z.string().nullable(),
          aliasBefore: z.int().nullable(),
          file: z.string().nullable(),
        }),
      ),
    }),
  ),
});
export type ProposalBody = z.infer<typeof ProposalBody>;

export const Proposal = z.object({
  id: z.string(),
  projectId: z.string(),
  optimizationId: z.string(),
  status: ProposalStatus,
  body: ProposalBody,
  createdUs: z.int(),
  updatedUs: z.int(),
});
export type Proposal = z.infer<typeof Proposal>;
