import { z } from "zod";
import { Json } from "../../model/json.ts";
import { Optimization, OptimizationSetup } from "../../model/optimization.ts";
import { Proposal, ProposalBody } from "../../model/proposal.ts";

export const OPTIMIZATION_COLUMNS = `o.id, p.id AS projectId, o.job AS jobId, o.note, o.setup,
  o.stop_requested AS stopRequested, o.summary, o.result_hash AS resultHash, o.created_us AS createdUs,
  o.ended_us AS endedUs`;
export const OPTIMIZATION_SOURCE = "optimization o JOIN project p ON p.key = o.project";

const parsed = <Schema extends z.ZodType>(schema: Schema) =>
  z.string().transform((text): z.output<Schema> => schema.parse(JSON.parse(text)));

const OptimizationRow = z.object({
  ...Optimization.shape,
  setup: parsed(OptimizationSetup),
  summary: parsed(Json),
  stopRequested: z.number().transform((flag) => flag === 1),
});

export const toOptimization = (row: unknown): Optimization => OptimizationRow.parse(row);

export const PROPOSAL_COLUMNS = `o.id, p.id AS projectId, o.optimization AS optimizationId, o.status, o.body,
  o.created_us AS createdUs, o.updated_us AS updatedUs`;
export const PROPOSAL_SOURCE = "proposal o JOIN project p ON p.key = o.project";

const ProposalRow = z.object({ ...Proposal.shape, body: parsed(ProposalBody) });

export const toProposal = (row: unknown): Proposal => ProposalRow.parse(row);
