import { z } from "zod";
import { Finding } from "./finding.ts";
import { PromptRef, Status, Usage } from "./span.ts";

/** Sums over a trace or session after the roll-up rule, so that usage restated by a parent counts once. */
export const Totals = z.object({
  ...Usage.shape,
  costUsd: z.number().nullable(),
  /** Model calls with tokens but without a price: `costUsd` is a lower bound when this is above 0. */
  unpricedCalls: z.number().int(),
  spans: z.number().int(),
  llmCalls: z.number().int(),
  toolCalls: z.number().int(),
  errors: z.number().int(),
  /** Spans whose own usage was a restatement of their children's. */
  rollupSpans: z.number().int(),
});
export type Totals = z.infer<typeof Totals>;

export const TraceSummary = z.object({
  projectId: z.string(),
  traceId: z.string(),
  name: z.string(),
  service: z.string().nullable(),
  startUs: z.number().int(),
  endUs: z.number().int().nullable(),
  /** `error` when a root failed; a failed inner span only counts in totals.errors. */
  status: Status,
  sessionId: z.string().nullable(),
  /** The session was worked out from message history, not named by the source. */
  sessionInferred: z.boolean(),
  userId: z.string().nullable(),
  agentName: z.string().nullable(),
  models: z.array(z.string()),
  tools: z.array(z.string()),
  prompts: z.array(PromptRef),
  release: z.string().nullable(),
  commit: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  /** First line of what was asked and of what was answered, at most 200 characters each. */
  inputPreview: z.string().nullable(),
  outputPreview: z.string().nullable(),
  /** First error's message, at most 200 characters. */
  errorPreview: z.string().nullable(),
  totals: Totals,
  findings: z.array(Finding),
});
export type TraceSummary = z.infer<typeof TraceSummary>;

export const SessionSummary = z.object({
  projectId: z.string(),
  sessionId: z.string(),
  inferred: z.boolean(),
  startUs: z.number().int(),
  endUs: z.number().int().nullable(),
  /** Traces of the session; for most agents one is one turn. */
  turns: z.number().int(),
  status: Status,
  service: z.string().nullable(),
  userId: z.string().nullable(),
  agentName: z.string().nullable(),
  models: z.array(z.string()),
  tags: z.record(z.string(), z.string()),
  inputPreview: z.string().nullable(),
  outputPreview: z.string().nullable(),
  errorPreview: z.string().nullable(),
  totals: Totals,
});
export type SessionSummary = z.infer<typeof SessionSummary>;
