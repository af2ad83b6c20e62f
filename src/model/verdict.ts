import { z } from "zod";

/**
 * - `scored`: the judge decided
 * - `unscored`: it answered, but not with a verdict (cannot tell, off the menu, cut off, media that it cannot see)
 * - `not_applicable`: the question does not arise for this item; no missing data
 * - `error`: the judge could not be asked (outage, crash, exhausted retries)
 */
export const VerdictState = z.enum(["scored", "unscored", "not_applicable", "error"]);
export type VerdictState = z.infer<typeof VerdictState>;

/** Why there is no score, in our own words. */
export const VerdictReason = z.enum([
  "cannot_tell",
  "off_menu",
  "truncated",
  "malformed",
  "media_unsupported",
  "input_missing",
  "expectation_missing",
  "order_disagreement",
  "judge_outage",
  "judge_failed",
  "over_budget",
  "step_ceiling",
  "token_ceiling",
  "dollar_ceiling",
  "run_failed",
  "run_missing",
]);
export type VerdictReason = z.infer<typeof VerdictReason>;

/** What was shortened before a judge saw it. */
export const Cut = z.object({ what: z.string(), chars: z.int() });
export type Cut = z.infer<typeof Cut>;

export const VerdictSource = z.object({
  kind: z.enum(["code", "llm_judge", "coding_agent", "human"]),
  /** Model, program or client. */
  id: z.string().nullable(),
});
export type VerdictSource = z.infer<typeof VerdictSource>;

/** One part of a verdict with a place of its own: a retrieval, a turn. */
export const VerdictPart = z.object({
  spanId: z.string().nullable(),
  turn: z.int().nullable(),
  label: z.string().nullable(),
  value: z.number().nullable(),
  rationale: z.string().nullable(),
  /** The agent among several that it is about, where the judge names one. */
  agent: z.string().optional(),
});
export type VerdictPart = z.infer<typeof VerdictPart>;

export const Verdict = z.object({
  state: VerdictState,
  /** The comparable number: a label's value or a pass in [0, 1], or what a measuring judge measured. */
  value: z.number().nullable(),
  label: z.string().nullable(),
  /** Null for a measure without threshold. */
  pass: z.boolean().nullable(),
  rationale: z.string().nullable(),
  reason: VerdictReason.nullable(),
  cuts: z.array(Cut),
  parts: z.array(VerdictPart),
  source: VerdictSource,
  costUsd: z.number().nullable(),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
});
export type Verdict = z.infer<typeof Verdict>;
