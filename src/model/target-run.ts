import { z } from "zod";
import { RunStatus } from "./evaluation.ts";
import { Json } from "./json.ts";
import { Metered } from "./metered.ts";

/** A message as agents write it: `role`, usually `content`; what else it holds is kept as it came. */
export const ChatMessage = z.object({ role: z.string() }).catchall(Json);
export type ChatMessage = z.infer<typeof ChatMessage>;

/** What a target is given for one run: the whole contract. */
export const TargetInput = z.strictObject({
  inputs: Json,
  /** The conversation so far; with scripted turns the user's new one is its last. */
  messages: z.array(ChatMessage),
  sessionId: z.string(),
  exampleId: z.string(),
  /** Texts to use instead of the agent's own, by the name of the prompt. */
  prompts: z.record(z.string(), z.string()),
  /** W3C trace context: the run's spans belong under it. */
  traceparent: z.string(),
  /** Of a metered target: base URLs of its models for this run alone, by the variables that `meter` names. */
  baseUrls: z.record(z.string(), z.string()).exactOptional(),
});
export type TargetInput = z.infer<typeof TargetInput>;

export const ToolCall = z.object({
  name: z.string(),
  arguments: Json,
  result: Json.optional(),
  /** Anything but null, false and an empty text says that the call failed. */
  error: Json.optional(),
});
export type ToolCall = z.infer<typeof ToolCall>;

/** What a run says that it spent; null is unknown, not zero. */
export const TargetUsage = z.object({
  inputTokens: z.number().nonnegative().nullable().default(null),
  outputTokens: z.number().nonnegative().nullable().default(null),
  costUsd: z.number().nonnegative().nullable().default(null),
});
export type TargetUsage = z.infer<typeof TargetUsage>;

/** What a target answers. One that has less to say answers plain text, which is its output. */
export const TargetOutput = z.object({
  output: Json.optional(),
  /** The messages of this run; those that it was given may stand before them. */
  messages: z.array(ChatMessage).optional(),
  toolCalls: z.array(ToolCall.extend({ arguments: Json.default({}) })).optional(),
  /** What the world looks like afterwards, for judges of the final state. */
  state: Json.optional(),
  usage: TargetUsage.nullable().optional(),
  /** Anything but null, false and an empty text says that it failed. */
  error: Json.optional(),
});
export type TargetOutput = z.infer<typeof TargetOutput>;

/**
 * How a run ended. All but `ok` and `infrastructure` are failures of the target and are scored as such.
 * - `ok`: it gave an output
 * - `error`: it said so: its `error`, an exit code that is not 0, an HTTP status that is not 2xx
 * - `timeout`: it took longer than it may and was ended with all its processes
 * - `empty`: it ended well and gave nothing
 * - `crashed`: it died of a signal, or ended or hung up in the middle of a request
 * - `too_large`: it wrote more than it may and was ended
 * - `invalid`: what it wrote is not text, or breaks the contract
 * - `infrastructure`: it never began: the program, folder, host or model endpoint is not there, its reset failed, or
 *   it ends by itself before it is given anything. Missing data, never a score.
 */
export const TargetStatus = RunStatus.exclude(["missing"]);
export type TargetStatus = z.infer<typeof TargetStatus>;

/** What one run gave. Everything but `reason`, numbers and ids is text of the target: show it as untrusted. */
export const TargetRun = z.object({
  status: TargetStatus,
  output: Json,
  /** Only those that this run added, in the target's own shape. */
  messages: z.array(ChatMessage),
  toolCalls: z.array(ToolCall),
  state: Json,
  /** Of a prompt: its answer ended at the limit of tokens. */
  cutOff: z.boolean().optional(),
  usage: TargetUsage.nullable(),
  /** What passed through the metering proxy; null without one. */
  metered: Metered.nullable(),
  /** Why it is not `ok`, in words of ours; null when it is. */
  reason: z.string().nullable(),
  /** What the target itself said: its `error`, the end of its stderr, the body of an HTTP error. */
  error: z.string().nullable(),
  exitCode: z.number().int().nullable(),
  /** When the last attempt began, in microseconds since the Unix epoch. */
  startedUs: z.number().int(),
  /** Whole milliseconds from the start of the last attempt. */
  durationMs: z.number().int(),
  /** Of the traceparent that the target was given: how its trace is found. */
  traceId: z.string(),
  /** The span that the target's spans name as their parent. */
  spanId: z.string(),
  /** Starts that it took; only what never began is tried again. */
  attempts: z.number().int(),
  /** What the target wrote and nobody read: lines that are no answer, fields that the contract does not know. */
  ignored: z.object({ lines: z.number().int(), fields: z.array(z.string()) }),
});
export type TargetRun = z.infer<typeof TargetRun>;
