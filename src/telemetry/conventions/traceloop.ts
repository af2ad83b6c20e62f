import { isJsonObject, type Json } from "../../model/json.ts";
import type { RetrievedDocument, SpanKind } from "../../model/span.ts";
import type { RawEvent } from "../raw.ts";
import { parseDocuments } from "./documents.ts";
import type { Convention } from "./fields.ts";
import { own } from "./messages/fields.ts";
import { promptRef } from "./prompt-ref.ts";
import type { Reader } from "./reader.ts";
import { addPrefixed } from "./tags.ts";

const KINDS: ReadonlyMap<string, SpanKind> = new Map<string, SpanKind>([
  ["workflow", "workflow"],
  ["task", "workflow"],
  ["agent", "agent"],
  ["tool", "tool"],
]);

const REQUEST_KINDS: ReadonlyMap<string, SpanKind> = new Map<string, SpanKind>([
  ["chat", "llm"],
  ["completion", "llm"],
  ["embedding", "embedding"],
  ["rerank", "rerank"],
]);

const PROPERTIES = "traceloop.association.properties";
const IDENTITY = new Set(["session_id", "thread_id", "user_id"]);

/**
 * OpenLLMetry (Traceloop): its own attributes for workflows and tools, GenAI attributes for model calls.
 * https://github.com/traceloop/openllmetry, packages/opentelemetry-semantic-conventions-ai
 */
export const traceloop: Convention = {
  name: "traceloop",
  scope: /traceloop/,
  words: ["traceloop", "llm", "db"],
  fields: {
    kind: (r) =>
      KINDS.get(r.text("traceloop.span.kind") ?? "") ??
      REQUEST_KINDS.get(r.text("llm.request.type") ?? "") ??
      (r.raw.events.some(isHit) ? "retrieval" : undefined),
    sessionId: (r) => r.text(`${PROPERTIES}.session_id`, `${PROPERTIES}.thread_id`),
    userId: (r) => r.text(`${PROPERTIES}.user_id`),
    agentName: (r) =>
      r.text("traceloop.span.kind") === "agent" ? r.text("traceloop.entity.name") : undefined,
    toolName: (r) => (r.text("traceloop.span.kind") === "tool" ? r.text("traceloop.entity.name") : undefined),
    finishReasons: (r) => r.list("llm.response.finish_reason", "llm.response.stop_reason"),
    prompts: (r) => promptRef(r.text("traceloop.prompt.key"), r.text("traceloop.prompt.version")),
    input: (r) => inputs(r.json("traceloop.entity.input")),
    output: (r) => inputs(r.json("traceloop.entity.output")),
    toolDefinitions: (r) => r.group("llm.request.functions"),
    documents: (r) => hits(r),
    tags(r) {
      const tags = new Map<string, string>();
      addPrefixed(tags, r.attributes, PROPERTIES, IDENTITY);
      return tags;
    },
  },
};

/** Its LangChain instrumentation wraps values in `{inputs | outputs, tags, metadata, kwargs}`. */
function inputs(value: Json | undefined): Json | undefined {
  if (!isJsonObject(value) || own(value, "kwargs") === undefined) return value;
  return (
    own(value, "inputs") ?? own(value, "outputs") ?? own(value, "output") ?? own(value, "input_str") ?? value
  );
}

/** Instrumentations of vector stores say each hit as an event. */
const isHit = (event: RawEvent) => event.name === "db.query.result" || event.name === "db.search.result";

function hits(r: Reader): RetrievedDocument[] | null {
  const found = r.raw.events.filter(isHit).map(({ attributes }) => ({
    id: own(attributes, "db.query.result.id") ?? own(attributes, "db.search.result.id") ?? null,
    content:
      own(attributes, "db.query.result.document") ?? own(attributes, "db.search.result.entity") ?? null,
    score: own(attributes, "db.query.result.score") ?? own(attributes, "db.search.result.score") ?? null,
  }));
  return parseDocuments(found);
}
