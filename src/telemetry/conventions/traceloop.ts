import { isJsonObject, type Json } from "../../model/json.ts";
import type { SpanKind } from "../../model/span.ts";
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
  words: ["traceloop", "llm"],
  fields: {
    kind: (r) =>
      KINDS.get(r.text("traceloop.span.kind") ?? "") ?? REQUEST_KINDS.get(r.text("llm.request.type") ?? ""),
    sessionId: (r) => r.text(`${PROPERTIES}.session_id`, `${PROPERTIES}.thread_id`),
    userId: (r) => r.text(`${PROPERTIES}.user_id`),
    agentName: (r) =>
      r.text("traceloop.span.kind") === "agent" ? r.text("traceloop.entity.name") : undefined,
    toolName: (r) => (r.text("traceloop.span.kind") === "tool" ? r.text("traceloop.entity.name") : undefined),
    prompts: (r) => promptRef(r.text("traceloop.prompt.key"), r.text("traceloop.prompt.version")),
    input: (r) => inputs(r.json("traceloop.entity.input")),
    output: (r) => inputs(r.json("traceloop.entity.output")),
    toolDefinitions: (r) => functions(r),
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

const functions = (r: Reader): Json | undefined => r.group("llm.request.functions");
