import type { Json } from "../../model/json.ts";
import type { SpanKind } from "../../model/span.ts";
import type { Convention, UsageReading } from "./fields.ts";
import { own } from "./messages/fields.ts";
import { promptRef } from "./prompt-ref.ts";
import type { Reader } from "./reader.ts";
import { addPrefixed, addTag, addTags } from "./tags.ts";

const KINDS: ReadonlyMap<string, SpanKind> = new Map<string, SpanKind>([
  ["generation", "llm"],
  ["agent", "agent"],
  ["tool", "tool"],
  ["chain", "workflow"],
  ["retriever", "retrieval"],
  ["embedding", "embedding"],
  ["evaluator", "evaluator"],
  ["guardrail", "guardrail"],
]);

const observation = (name: string) => `langfuse.observation.${name}`;

/**
 * Langfuse's OpenTelemetry attributes. https://langfuse.com/integrations/native/opentelemetry
 * The types `span` and `event` say nothing about the kind.
 */
export const langfuse: Convention = {
  name: "langfuse",
  scope: /^langfuse/,
  words: ["langfuse"],
  fields: {
    kind: (r) => KINDS.get(r.text(observation("type"))?.toLowerCase() ?? ""),
    status: (r) => (r.text(observation("level")) === "ERROR" ? "error" : undefined),
    statusMessage: (r) => r.text(observation("status_message")),
    sessionId: (r) => r.text("langfuse.session.id"),
    userId: (r) => r.text("langfuse.user.id"),
    model: (r) => r.text(observation("model.name"), observation("model")),
    toolName: (r) => (r.text(observation("type")) === "tool" ? r.raw.name : undefined),
    usage: (r) => usageOfBuckets(r.object(observation("usage_details"))),
    costUsd: (r) => totalCost(r.object(observation("cost_details"))),
    timeToFirstTokenMs,
    prompts: (r) =>
      promptRef(
        r.text(observation("prompt.name"), "langfuse.prompt.name"),
        r.text(observation("prompt.version"), "langfuse.prompt.version"),
      ),
    release: (r) => r.text("langfuse.release", "langfuse.version"),
    input: (r) => r.json(observation("input")) ?? (isRoot(r) ? r.json("langfuse.trace.input") : undefined),
    output: (r) => r.json(observation("output")) ?? (isRoot(r) ? r.json("langfuse.trace.output") : undefined),
    tags(r) {
      const tags = new Map<string, string>();
      addTags(tags, r.json("langfuse.trace.tags"));
      addTags(tags, r.json("langfuse.trace.metadata"));
      addPrefixed(tags, r.attributes, "langfuse.trace.metadata");
      addTags(tags, r.json(observation("metadata")));
      addPrefixed(tags, r.attributes, observation("metadata"));
      addTag(tags, "environment", r.text("langfuse.environment"));
      return tags;
    },
  },
};

const isRoot = (r: Reader) => r.raw.parentSpanId === null;

/**
 * Langfuse's usage buckets exclude one another: `input` leaves out `input_cached_tokens`, `output` leaves out
 * `output_reasoning_tokens`. Ours include. Buckets of modalities (audio, image) are parts of the same sums.
 */
function usageOfBuckets(details: Record<string, Json> | undefined): UsageReading {
  if (details === undefined) return {};
  let reading: { -readonly [F in keyof UsageReading]: UsageReading[F] } = {};
  const add = (field: keyof Omit<UsageReading, "exclusive">, count: number) => {
    reading = { ...reading, [field]: (reading[field] ?? 0) + count };
  };
  for (const [name, count] of Object.entries(details)) {
    if (typeof count !== "number" || count < 0 || !Number.isFinite(count)) continue;
    const isInput = /^(input|prompt)/.test(name) || /^cache_/.test(name);
    const isOutput = /^(output|completion)/.test(name);
    if (isInput) add("inputTokens", count);
    else if (isOutput) add("outputTokens", count);
    if (/cache.*(creation|write)/.test(name)) add("cacheWriteTokens", count);
    else if (/cache/.test(name)) add("cacheReadTokens", count);
    if (/reasoning/.test(name)) add("reasoningTokens", count);
  }
  return overlapping(details, reading) ?? reading;
}

/** Some applications fill the buckets with inclusive counts; then `input` and `output` alone are the total. */
function overlapping(details: Record<string, Json>, reading: UsageReading): UsageReading | null {
  const { total, input, output } = details;
  if (typeof total !== "number" || typeof input !== "number" || typeof output !== "number") return null;
  const sum = (reading.inputTokens ?? 0) + (reading.outputTokens ?? 0);
  return sum !== total && input + output === total
    ? { ...reading, inputTokens: input, outputTokens: output }
    : null;
}

function totalCost(details: Record<string, Json> | undefined): number | undefined {
  if (details === undefined) return undefined;
  const total = own(details, "total");
  if (typeof total === "number" && total >= 0) return total;
  const counts = Object.values(details).filter((value) => typeof value === "number" && value >= 0);
  return counts.length > 0 ? counts.reduce((sum: number, value) => sum + Number(value), 0) : undefined;
}

function timeToFirstTokenMs(r: Reader): number | undefined {
  // A JSON text: "2026-01-01T00:00:00.000Z" in quotes.
  const started = r.text(observation("completion_start_time"))?.replaceAll('"', "");
  const at = started === undefined ? Number.NaN : Date.parse(started);
  const elapsed = at - Number(r.raw.startNs / 1_000_000n);
  return Number.isFinite(elapsed) && elapsed >= 0 ? elapsed : undefined;
}
