import { z } from "zod";
import { Json } from "./json.ts";
import { Message } from "./message.ts";

export const datasetName = z
  .string()
  .max(80)
  .refine((name) => /^[a-z0-9][a-z0-9_.-]*$/.test(name), {
    error: "must be lower-case letters, digits, _ . and -",
  });

export const Split = z.enum(["train", "validation", "holdout"]);
export type Split = z.infer<typeof Split>;

export const Origin = z.object({
  /** `observed`: from traces. `imported`: from a file or given inline. `synthetic`: invented. */
  kind: z.enum(["observed", "imported", "synthetic"]),
  traceId: z.string().nullable(),
  sessionId: z.string().nullable(),
  spanId: z.string().nullable(),
});
export type Origin = z.infer<typeof Origin>;

/** Whether what was observed was good: failing ones are to be fixed, passing ones guard against regression. */
export const Role = z.enum(["failing", "passing", "unknown"]);
export type ExampleRole = z.infer<typeof Role>;

export const ExampleContent = z.object({
  /** What the agent is given: an object of fields, or a text. */
  inputs: Json,
  /** History before the turn under test, where there is one. */
  messages: z.array(Message),
  /** Further user turns, played one after the other. */
  turns: z.array(z.string()),
  /** By name; the usual ones are answer, facts, toolCalls, guidelines, state, context. */
  expectations: z.record(z.string(), Json),
  /** What the agent answered when this was observed; never shown to a target. */
  recorded: Json,
  tags: z.record(z.string(), z.string()),
  role: Role,
  origin: Origin,
});
export type ExampleContent = z.infer<typeof ExampleContent>;

export const Example = ExampleContent.extend({
  /** Stable across versions of a dataset: an edit of expectations keeps it. */
  id: z.string(),
  /** SHA-256 of the content that fixes answers and verdicts, 32 hex digits. */
  hash: z.string(),
  /** Examples that must not be separated by a split share it. */
  group: z.string(),
  split: Split,
});
export type Example = z.infer<typeof Example>;

export const DatasetVersion = z.object({
  projectId: z.string(),
  name: z.string(),
  version: z.int(),
  /** Over the examples' ids and hashes, in order. */
  hash: z.string(),
  parent: z.int().nullable(),
  note: z.string().nullable(),
  createdUs: z.int(),
  /** When the dataset's holdout was opened for reading: no look at it is valid any more. Null: it is sealed. */
  retiredUs: z.int().nullable(),
  counts: z.object({
    examples: z.int(),
    train: z.int(),
    validation: z.int(),
    holdout: z.int(),
    failing: z.int(),
    passing: z.int(),
    synthetic: z.int(),
  }),
});
export type DatasetVersion = z.infer<typeof DatasetVersion>;
