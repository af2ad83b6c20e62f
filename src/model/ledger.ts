import { z } from "zod";
import { Json } from "./json.ts";

/** What a call is expected to use or has used. Dollars null: the price is unknown. */
export const Spend = z.object({
  calls: z.int().min(0),
  tokens: z.number().min(0),
  usd: z.number().min(0).nullable(),
});
export type Spend = z.infer<typeof Spend>;

export const NO_SPEND: Spend = { calls: 0, tokens: 0, usd: 0 };

/** Ceilings; an absent one does not limit. Wall clock counts only while a job runs. */
export const Budget = z.strictObject({
  calls: z.int().min(1).optional(),
  tokens: z.int().min(1).optional(),
  usd: z.number().positive().optional(),
  minutes: z.number().positive().optional(),
});
export type Budget = z.infer<typeof Budget>;

export const SpendTotals = z.object({
  calls: z.int(),
  tokens: z.number(),
  usd: z.number(),
  /** Calls whose price is unknown: `usd` is a lower bound when above 0. */
  unpriced: z.int(),
  /** Calls that were in flight when their process died: charged at their estimate and repeated. */
  lost: z.int(),
});
export type SpendTotals = z.infer<typeof SpendTotals>;

/** Who used what was charged: a job, a project, and a project's day (UTC). */
export const SpendScope = z.enum(["job", "project", "day"]);
export type SpendScope = z.infer<typeof SpendScope>;

export const CallState = z.enum(["open", "pending", "answered", "failed"]);
export type CallState = z.infer<typeof CallState>;

/** What a question to the assistant or to a person is about. */
export const TaskKind = z.enum(["verdict", "pair_verdict", "candidate", "user_turn", "group_name", "rubric"]);
export type TaskKind = z.infer<typeof TaskKind>;

export const TaskState = z.enum(["open", "answered", "withdrawn"]);
export type TaskState = z.infer<typeof TaskState>;

/** One question that waits for an assistant or a person. */
export const Task = z.object({
  id: z.string(),
  projectId: z.string(),
  jobId: z.string(),
  /** The ledger call that its answer settles; null for a known-answer or repeated item, which settles none. */
  callKey: z.string().nullable(),
  kind: TaskKind,
  /** What is asked, the same for many items; ours, or the author of a judge's. */
  rubric: z.string(),
  /** The item, blinded: from traces and datasets, untrusted. */
  item: z.string(),
  /** The labels to choose from; empty for a free text. */
  labels: z.array(z.string()),
  /** Ends the item; its answer echoes it. */
  code: z.string(),
  /** For a known-answer item: the label that is right. For a repeated one: the id of the first. */
  check: z.object({ known: z.string().nullable(), repeats: z.string().nullable() }).nullable(),
  state: TaskState,
  answer: Json,
  answeredBy: z.string().nullable(),
  createdUs: z.int(),
  answeredUs: z.int().nullable(),
});
export type Task = z.infer<typeof Task>;
