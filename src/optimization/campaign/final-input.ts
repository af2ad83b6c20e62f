import { z } from "zod";
import { ProposalVerdict } from "../../model/proposal.ts";

/** The counted look at the holdout; fixed when it is asked for. */
export const FinalLookInput = z.object({
  /** Its campaign does. */
  startsPrograms: z.boolean().default(true),
  optimizationId: z.string(),
  /** Index in the pool. */
  candidate: z.int().min(1),
  /** Evaluations of the seed and of the candidate. */
  baselineId: z.string(),
  candidateId: z.string(),
  proposalId: z.string(),
});
export type FinalLookInput = z.infer<typeof FinalLookInput>;

/** What a look came to, as its job keeps it. */
export const FinalResult = z.object({
  optimization: z.string(),
  candidate: z.int(),
  verdict: ProposalVerdict,
  sentence: z.string(),
  proposal: z.string(),
  look: z.int().nullable(),
  limits: z.array(z.string()),
});
