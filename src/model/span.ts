import { z } from "zod";
import { Finding } from "./finding.ts";
import { Json } from "./json.ts";
import { Message, Part } from "./message.ts";

export const SpanKind = z.enum([
  "agent",
  "llm",
  "tool",
  "retrieval",
  "rerank",
  "embedding",
  "guardrail",
  "evaluator",
  "memory",
  "human",
  "workflow",
  "other",
]);
export type SpanKind = z.infer<typeof SpanKind>;

export const Status = z.enum(["unset", "ok", "error"]);
export type Status = z.infer<typeof Status>;

/**
 * Tokens of one span, each an inclusive total as the OpenTelemetry GenAI conventions define it: `input`
 * includes what was read from and written to a cache, `output` includes reasoning. Null is unknown, not zero.
 */
export const Usage = z.object({
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  cacheReadTokens: z.number().nullable(),
  cacheWriteTokens: z.number().nullable(),
  reasoningTokens: z.number().nullable(),
});
export type Usage = z.infer<typeof Usage>;

export const NO_USAGE: Usage = {
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: null,
};

export const CostSource = z.enum(["reported", "computed"]);
export type CostSource = z.infer<typeof CostSource>;

export const RetrievedDocument = z.object({
  id: z.string().nullable(),
  content: z.string().nullable(),
  score: z.number().nullable(),
  metadata: Json.optional(),
});
export type RetrievedDocument = z.infer<typeof RetrievedDocument>;

export const PromptRef = z.object({ name: z.string(), version: z.string().nullable() });
export type PromptRef = z.infer<typeof PromptRef>;

export const SpanEvent = z.object({
  name: z.string(),
  timeUs: z.number().int(),
  attributes: z.record(z.string(), Json),
});
export type SpanEvent = z.infer<typeof SpanEvent>;

/** The small fields of a span: all that lists, trees and roll-ups need. Content is apart (SpanContent). */
export const SpanHead = z.object({
  /** 32 lower-case hex digits. */
  traceId: z.string(),
  /** 16 lower-case hex digits. */
  spanId: z.string(),
  parentSpanId: z.string().nullable(),
  name: z.string(),
  kind: SpanKind,
  /** Whole microseconds since the Unix epoch. */
  startUs: z.number().int(),
  /** Null: not ended. */
  endUs: z.number().int().nullable(),
  status: Status,
  statusMessage: z.string().nullable(),
  errorType: z.string().nullable(),
  service: z.string().nullable(),
  scope: z.string().nullable(),
  sessionId: z.string().nullable(),
  userId: z.string().nullable(),
  agentName: z.string().nullable(),
  provider: z.string().nullable(),
  /** The model that answered, else the one asked for. */
  model: z.string().nullable(),
  toolName: z.string().nullable(),
  toolCallId: z.string().nullable(),
  finishReasons: z.array(z.string()),
  /** The span's own usage, never a sum over children that we made. */
  usage: Usage,
  costUsd: z.number().nullable(),
  costSource: CostSource.nullable(),
  timeToFirstTokenMs: z.number().nullable(),
  /** Id that the provider gave to the answer; joins evaluation logs. */
  responseId: z.string().nullable(),
  prompts: z.array(PromptRef),
  release: z.string().nullable(),
  commit: z.string().nullable(),
  /** Filterable as `tag.NAME`. Values are text; a tag without value is "true". */
  tags: z.record(z.string(), z.string()),
  findings: z.array(Finding),
});
export type SpanHead = z.infer<typeof SpanHead>;

/** What went in and out. Messages where the source had messages, else one value. */
export const SpanContent = z.object({
  /** Instructions that are not part of the message list. */
  system: z.array(Part).nullable(),
  inputMessages: z.array(Message).nullable(),
  outputMessages: z.array(Message).nullable(),
  /** Tool spans: the arguments. Retrieval: the query. Others: the input value. Null when messages say it. */
  input: Json,
  /** Tool spans: the result. Others: the output value. Null when messages say it. */
  output: Json,
  toolDefinitions: Json,
  documents: z.array(RetrievedDocument).nullable(),
});
export type SpanContent = z.infer<typeof SpanContent>;

export const NO_CONTENT: SpanContent = {
  system: null,
  inputMessages: null,
  outputMessages: null,
  input: null,
  output: null,
  toolDefinitions: null,
  documents: null,
};

/** What the source said, untouched. */
export const SpanSource = z.object({
  attributes: z.record(z.string(), Json),
  resource: z.record(z.string(), Json),
  events: z.array(SpanEvent),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string() })),
});
export type SpanSource = z.infer<typeof SpanSource>;

/** A canonical span: every convention ends here. */
export const Span = z.object({ ...SpanHead.shape, content: SpanContent, source: SpanSource });
export type Span = z.infer<typeof Span>;

/** What a span has no word of. */
export const ABSENT: Omit<Span, "traceId" | "spanId" | "name" | "startUs" | "endUs" | "source"> = {
  parentSpanId: null,
  kind: "other",
  status: "unset",
  statusMessage: null,
  errorType: null,
  service: null,
  scope: null,
  sessionId: null,
  userId: null,
  agentName: null,
  provider: null,
  model: null,
  toolName: null,
  toolCallId: null,
  finishReasons: [],
  usage: NO_USAGE,
  costUsd: null,
  costSource: null,
  timeToFirstTokenMs: null,
  responseId: null,
  prompts: [],
  release: null,
  commit: null,
  tags: {},
  findings: [],
  content: NO_CONTENT,
};
