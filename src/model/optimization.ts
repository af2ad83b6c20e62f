import { z } from "zod";
import { TargetRef } from "./evaluation.ts";
import { Json } from "./json.ts";
import { ResolvedJudge } from "./judge.ts";

/** One text that a campaign may change: a prompt, or a tool's description. */
export const OptimizationComponent = z.object({
  /** What the target is given it under. */
  name: z.string(),
  text: z.string(),
  /** The registry's version that it is; null: given as text. */
  prompt: z.object({ name: z.string(), version: z.int() }).nullable(),
  /** What it is for, in the words of its author. */
  purpose: z.string().nullable(),
  /** Words that every version must have. */
  preserve: z.array(z.string()),
  /** Characters. */
  maxLength: z.int().min(1).nullable(),
});
export type OptimizationComponent = z.infer<typeof OptimizationComponent>;

/**
 * Who writes candidates. `model`: a reflection endpoint. `assistant`: the attached one, as tasks or try_candidate.
 * `demonstrations`: examples picked from good runs, no model needed.
 */
export const Proposer = z.enum(["model", "assistant", "demonstrations"]);
export type Proposer = z.infer<typeof Proposer>;

export const SearchSettings = z.object({
  minibatch: z.int().min(1).max(100),
  proposalsPerStep: z.int().min(1).max(32),
  frontier: z.enum(["example", "objective", "both"]),
  componentChoice: z.enum(["round_robin", "all"]),
  /** Runs of each example. */
  repeats: z.int().min(1).max(10),
  merge: z.boolean(),
  racing: z.boolean(),
  maxRollouts: z.int().min(1).nullable(),
  maxProposals: z.int().min(1).nullable(),
  /** Proposals without improvement after which it stops. */
  patience: z.int().min(1),
  targetScore: z.number().nullable(),
});
export type SearchSettings = z.infer<typeof SearchSettings>;

/** What of a search its author may choose; each one left out has a default. */
export const SearchChoice = z.strictObject({
  /** Of what the best are kept: single validation examples, objectives, or both. */
  frontier: SearchSettings.shape.frontier.optional(),
  patience: SearchSettings.shape.patience.optional(),
  /** Validation score of the primary judge at which it stops. */
  targetScore: z.number().positive().max(1).optional(),
  /** Training cases that a proposal is written for. */
  minibatch: SearchSettings.shape.minibatch.optional(),
});
export type SearchChoice = z.infer<typeof SearchChoice>;

/** What a campaign is of; fixed when it starts. */
export const OptimizationSetup = z.object({
  dataset: z.object({ name: z.string(), version: z.int(), hash: z.string() }),
  /** Independent examples of each role. */
  examples: z.object({ train: z.int(), validation: z.int(), holdout: z.int() }),
  /** There is no validation split: what is reflected on also decides. Said wherever a score is shown. */
  trainIsValidation: z.boolean(),
  target: TargetRef,
  components: z.array(OptimizationComponent),
  judges: z.array(ResolvedJudge),
  primary: z.string(),
  /** A judge that counts as much as the primary one in what the search looks at: the mean of both. */
  alongside: z.string().optional(),
  /** Beside the primary judge: names of judges, `cost`, `latency`, `length`. */
  objectives: z.array(z.string()),
  proposer: Proposer,
  /** Endpoint of the reflection model. */
  model: z.string().nullable(),
  search: SearchSettings,
  /** Asked about a sample of live traffic once its proposal is applied, unless others are named then. */
  watchJudges: z.array(z.string()).default([]),
  seed: z.string(),
});
export type OptimizationSetup = z.infer<typeof OptimizationSetup>;

export const Optimization = z.object({
  id: z.string(),
  projectId: z.string(),
  jobId: z.string(),
  note: z.string().nullable(),
  setup: OptimizationSetup,
  /** It ends at its next step. */
  stopRequested: z.boolean(),
  /** Null until the search has ended. */
  summary: Json,
  /** SHA-256 over setup, candidates and events; equal for a killed and resumed campaign. */
  resultHash: z.string().nullable(),
  createdUs: z.int(),
  endedUs: z.int().nullable(),
});
export type Optimization = z.infer<typeof Optimization>;
