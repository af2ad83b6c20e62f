import type { JsonObject } from "../../model/json.ts";
import type { MediaItem } from "../../model/message.ts";
import type { Span } from "../../model/span.ts";
import { normalizeSpan } from "../conventions/index.ts";
import type { RawSpan } from "../raw.ts";

type Given = Pick<RawSpan, "traceId" | "spanId" | "parentSpanId" | "name"> & {
  readonly startUs: number;
  readonly endUs: number | null;
} & Partial<Pick<RawSpan, "statusCode" | "statusMessage" | "scope" | "events">>;

export interface Understood {
  readonly span: Span;
  readonly media: readonly MediaItem[];
}

/** An exported span with the attributes that it was made of, read by the conventions like one that arrives. */
export function understand(given: Given, attributes: JsonObject, resource: JsonObject): Understood {
  const { startUs, endUs, ...frame } = given;
  const raw: RawSpan = {
    statusCode: 0,
    statusMessage: null,
    scope: { name: "", version: "" },
    events: [],
    ...frame,
    startNs: toNs(startUs),
    endNs: endUs === null ? null : toNs(endUs),
    attributes,
    resource,
    links: [],
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
  };
  return normalizeSpan(raw, { arrivedUs: Date.now() * 1000 });
}

const toNs = (us: number): bigint => BigInt(Math.round(us)) * 1000n;

/** What `extra` knows and `span` does not. */
export function fillAbsent(span: Span, extra: Span): Span {
  const input = span.content.inputMessages ?? span.content.input;
  const output = span.content.outputMessages ?? span.content.output;
  const hasUsage = span.usage.inputTokens !== null || span.usage.outputTokens !== null;
  return {
    ...span,
    kind: span.kind === "other" ? extra.kind : span.kind,
    status: span.status === "error" || extra.status === "unset" ? span.status : extra.status,
    statusMessage: span.statusMessage ?? extra.statusMessage,
    errorType: span.errorType ?? extra.errorType,
    service: span.service ?? extra.service,
    sessionId: span.sessionId ?? extra.sessionId,
    userId: span.userId ?? extra.userId,
    agentName: span.agentName ?? extra.agentName,
    provider: span.provider ?? extra.provider,
    model: span.model ?? extra.model,
    toolName: span.toolName ?? extra.toolName,
    toolCallId: span.toolCallId ?? extra.toolCallId,
    finishReasons: span.finishReasons.length > 0 ? span.finishReasons : extra.finishReasons,
    usage: hasUsage ? span.usage : extra.usage,
    costUsd: span.costUsd ?? extra.costUsd,
    costSource: span.costSource ?? extra.costSource,
    timeToFirstTokenMs: span.timeToFirstTokenMs ?? extra.timeToFirstTokenMs,
    responseId: span.responseId ?? extra.responseId,
    prompts: span.prompts.length > 0 ? span.prompts : extra.prompts,
    release: span.release ?? extra.release,
    commit: span.commit ?? extra.commit,
    tags: { ...extra.tags, ...span.tags },
    content: {
      system: span.content.system ?? extra.content.system,
      inputMessages: input === null ? extra.content.inputMessages : span.content.inputMessages,
      input: input === null ? extra.content.input : span.content.input,
      outputMessages: output === null ? extra.content.outputMessages : span.content.outputMessages,
      output: output === null ? extra.content.output : span.content.output,
      toolDefinitions: span.content.toolDefinitions ?? extra.content.toolDefinitions,
      documents: span.content.documents ?? extra.content.documents,
    },
  };
}
