import { z } from "zod";
import { Split } from "./example.ts";
import { Json } from "./json.ts";
import { ResolvedJudge } from "./judge.ts";
import { Message } from "./message.ts";
import { Metered, UsageSource } from "./metered.ts";
import { Verdict } from "./verdict.ts";

/**
 * How one run of the agent ended. All but `infrastructure` are the agent's doing and count as its failure;
 * `infrastructure` (the program does not exist, nothing listens) and `missing` (nothing recorded) are missing data.
 */
export const RunStatus = z.enum([
  "ok",
  "error",
  "timeout",
  "empty",
  "crashed",
  "too_large",
  "invalid",
  "infrastructure",
  "missing",
]);
export type RunStatus = z.infer<typeof RunStatus>;

export const ResultRun = z.object({
  status: RunStatus,
  output: Json,
  messages: z.array(Message),
  toolCalls: z.array(z.object({ name: z.string(), arguments: Json, result: Json })),
  state: Json,
  error: z.string().nullable(),
  durationMs: z.number().nullable(),
  costUsd: z.number().nullable(),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  /** Whose word cost and tokens are; null where nobody knows. Absent in runs of earlier versions. */
  usageFrom: z.object({ cost: UsageSource.nullable(), tokens: UsageSource.nullable() }).optional(),
  /** Of a metered target. */
  metered: Metered.optional(),
  steps: z.int().nullable(),
  traceIds: z.array(z.string()),
  sessionId: z.string().nullable(),
});
export type ResultRun = z.infer<typeof ResultRun>;

/** One example, run once, with what each judge said by judge name. */
export const ResultRow = z.object({
  exampleId: z.string(),
  exampleHash: z.string(),
  /** 0-based. */
  repeat: z.int().min(0),
  group: z.string(),
  split: Split,
  tags: z.record(z.string(), z.string()),
  synthetic: z.boolean(),
  run: ResultRun,
  verdicts: z.record(z.string(), Verdict),
});
export type ResultRow = z.infer<typeof ResultRow>;

export const TargetRef = z.object({
  kind: z.enum(["command", "worker", "http", "prompt", "recorded"]),
  /** File in the repository, or what was recorded in words. */
  name: z.string(),
  configHash: z.string(),
  /** Over the variables that the target asks for, secrets left out. */
  environmentHash: z.string().nullable(),
  treeHash: z.string().nullable(),
  commit: z.string().nullable(),
  dirty: z.boolean(),
  gitRef: z.string().nullable(),
  /** The tree changed while the evaluation ran: no comparison may use it. */
  changed: z.boolean(),
});
export type TargetRef = z.infer<typeof TargetRef>;

/** What an evaluation is of; fixed when it starts. Its rows are apart. */
export const EvaluationSetup = z.object({
  dataset: z.object({ name: z.string(), version: z.int(), hash: z.string() }),
  splits: z.array(Split),
  target: TargetRef,
  judges: z.array(ResolvedJudge),
  /** The judge that decides comparisons. */
  primary: z.string(),
  repeats: z.int().min(1),
  seed: z.string(),
  /** Texts that the target was given instead of its own, by name: NAME@VERSION, or the text's hash. */
  prompts: z.record(z.string(), z.string()).default({}),
  /** An earlier evaluation whose runs were taken instead of running the agent. */
  reuse: z.string().nullable(),
  /** The two evaluations whose answers to the same example its judges compare; a row's run is the candidate's. */
  pair: z.object({ baseline: z.string(), candidate: z.string() }).nullable().default(null),
});
export type EvaluationSetup = z.infer<typeof EvaluationSetup>;

export const Evaluation = z.object({
  id: z.string(),
  projectId: z.string(),
  jobId: z.string(),
  note: z.string().nullable(),
  setup: EvaluationSetup,
  /** Null until it has ended; then the estimates that reports show. */
  summary: Json,
  /** SHA-256 over the setup and all rows without durations; equal for a killed and resumed run. */
  resultHash: z.string().nullable(),
  createdUs: z.int(),
  endedUs: z.int().nullable(),
});
export type Evaluation = z.infer<typeof Evaluation>;
