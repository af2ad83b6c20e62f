import { z } from "zod";
import { Json } from "./json.ts";

/** `code`: a function or a command. `llm`: a model endpoint answers. `assistant`: the attached assistant does, as tasks. */
export const JudgeKind = z.enum(["code", "llm", "assistant"]);
export type JudgeKind = z.infer<typeof JudgeKind>;

export const JudgeLevel = z.enum(["span", "trace", "turn", "session", "pair"]);
export type JudgeLevel = z.infer<typeof JudgeLevel>;

export const JudgeLabel = z.object({
  label: z.string().min(1).max(60),
  /** When to choose it. */
  means: z.string().min(1).max(1_000),
  /**
   * What it counts in means and comparisons, 0 (worst) to 1 (best); null counts nowhere (not applicable). Of a judge of
   * pairs: what it counts for the answer shown first; the other one has 1 minus it.
   */
  value: z.number().min(0).max(1).nullable(),
});
export type JudgeLabel = z.infer<typeof JudgeLabel>;

export const judgeName = z
  .string()
  .max(80)
  .refine((name) => /^[a-z][a-z0-9_.-]*$/.test(name), {
    error: "must be lower-case letters, digits, _ . and -, a letter first",
  });

/** Something that people labelled, shown beside items that are like it. Its text stays where it was observed. */
export const JudgeExample = z.strictObject({
  traceId: z.string().max(64).optional(),
  sessionId: z.string().max(400).optional(),
  /** One of the judge's labels. */
  label: z.string().min(1).max(60),
});
export type JudgeExample = z.infer<typeof JudgeExample>;

/**
 * A judge as its author writes it: a built-in with parameters, or instructions with labels of its own.
 * `{{inputs}}`, `{{output}}`, `{{expectations}}`, `{{trace}}` and `{{conversation}}` in instructions are filled in.
 */
export const JudgeSpec = z.strictObject({
  name: judgeName,
  /** Which built-in; its name also serves where `name` is one. */
  builtin: z.string().max(80).optional(),
  params: z.record(z.string(), Json).default({}),
  instructions: z.string().min(1).max(40_000).optional(),
  labels: z.array(JudgeLabel).min(2).max(12).optional(),
  level: JudgeLevel.optional(),
  /** Endpoint by name; default: the configured default, else the attached assistant. */
  model: z.string().max(120).optional(),
  /** The ones most like an item are shown with it. */
  examples: z.array(JudgeExample).max(200).optional(),
  /** Passing is a value of at least (a lower-is-better measure: at most) this. */
  threshold: z.number().optional(),
  /** Turns pass and fail around. */
  negate: z.boolean().default(false),
  /** An expectation by name: examples that have none of it are not applicable, instead of unscored. */
  whenExpected: z.string().min(1).max(80).optional(),
  description: z.string().max(2_000).optional(),
  /** Version of the labelling guideline that people follow for the same question. */
  guideline: z.string().max(80).optional(),
});
export type JudgeSpec = z.infer<typeof JudgeSpec>;

/** A judge ready to be used: defaults filled in, pinned by a hash over all that can change its verdicts. */
export const ResolvedJudge = z.object({
  name: judgeName,
  /** Null: a built-in used as it is, never saved. */
  version: z.int().nullable(),
  hash: z.string(),
  kind: JudgeKind,
  level: JudgeLevel,
  builtin: z.string().nullable(),
  params: z.record(z.string(), Json),
  instructions: z.string().nullable(),
  labels: z.array(JudgeLabel),
  /** `lower`: a measure of which less is better. */
  goal: z.enum(["higher", "lower"]),
  /** True when values are in [0, 1], so that missing ones can be bounded. */
  bounded: z.boolean(),
  threshold: z.number().nullable(),
  negate: z.boolean(),
  whenExpected: z.string().optional(),
  examples: z.array(JudgeExample).optional(),
  /** Endpoint's name for `llm`. */
  model: z.string().nullable(),
});
export type ResolvedJudge = z.infer<typeof ResolvedJudge>;
