import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { SpanKind } from "../../model/span.ts";
import type { Convention } from "./fields.ts";
import { firstObject, own } from "./messages/fields.ts";
import { promptRef } from "./prompt-ref.ts";
import type { Reader } from "./reader.ts";
import { addPrefixed, addTags } from "./tags.ts";

const KINDS: ReadonlyMap<string, SpanKind> = new Map<string, SpanKind>([
  ["llm", "llm"],
  ["chain", "workflow"],
  ["tool", "tool"],
  ["retriever", "retrieval"],
  ["embedding", "embedding"],
  ["prompt", "other"],
  ["parser", "other"],
]);

const METADATA = "langsmith.metadata";
const IDENTITY = new Set(["session_id", "thread_id", "conversation_id", "user_id"]);

const isTool = (r: Reader) => r.text("langsmith.span.kind") === "tool";

/**
 * LangSmith's OpenTelemetry export. `langsmith.trace.session_id` is LangSmith's project: a conversation is named by the
 * run's metadata. https://docs.langchain.com/langsmith/trace-with-opentelemetry
 */
export const langsmith: Convention = {
  name: "langsmith",
  scope: /^langsmith/,
  words: ["langsmith"],
  fields: {
    kind: (r) => KINDS.get(r.text("langsmith.span.kind") ?? ""),
    sessionId: (r) =>
      r.text(`${METADATA}.session_id`, `${METADATA}.thread_id`, `${METADATA}.conversation_id`),
    userId: (r) => r.text(`${METADATA}.user_id`),
    provider: (r) => r.text(`${METADATA}.ls_provider`),
    model: (r) => r.text(`${METADATA}.ls_model_name`),
    agentName: (r) => r.text(`${METADATA}.lc_agent_name`),
    // What pulling a prompt from the hub leaves in its metadata; versions are commits.
    prompts: (r) => promptRef(r.text(`${METADATA}.lc_hub_repo`), r.text(`${METADATA}.lc_hub_commit_hash`)),
    toolName: (r) => (isTool(r) ? r.raw.name : undefined),
    usage(r) {
      const input = details(r, "gen_ai.usage.input_token_details");
      const output = details(r, "gen_ai.usage.output_token_details");
      return {
        cacheReadTokens: count(own(input, "cache_read")),
        cacheWriteTokens: count(own(input, "cache_creation")),
        reasoningTokens: count(own(output, "reasoning")),
      };
    },
    finishReasons: (r) => r.text("gen_ai.response.finish_reasons")?.split(", "),
    inputMessages: (r) => r.tryMessages(r.json("gen_ai.prompt"), "user"),
    outputMessages: (r) => r.tryMessages(r.json("gen_ai.completion"), "assistant"),
    input: (r) => argument(r.json("gen_ai.prompt")),
    output: (r) => result(r.json("gen_ai.completion")),
    tags(r) {
      const tags = new Map<string, string>();
      addTags(tags, r.text("langsmith.span.tags")?.split(/,\s*/));
      addPrefixed(tags, r.attributes, METADATA, IDENTITY);
      return tags;
    },
  },
};

/** The exporter writes these as Python writes a dict: with single quotes. */
function details(r: Reader, key: string): JsonObject {
  const text = r.text(key);
  if (text === undefined || text.length > 1_000) return {};
  return r.over({ details: text.replaceAll("'", '"') }).object("details") ?? {};
}

const count = (value: Json | undefined): number | undefined =>
  typeof value === "number" && value >= 0 ? value : undefined;

/** LangChain hands a tool its arguments as `{input: TEXT}` and takes `{output: VALUE}`. */
const argument = (value: Json | undefined): Json | undefined =>
  isJsonObject(value) && Object.keys(value).length === 1 ? (own(value, "input") ?? value) : value;

const result = (value: Json | undefined): Json | undefined => {
  if (!isJsonObject(value)) return value;
  const output = firstObject(value, "output");
  return Object.keys(value).length === 1 ? (output ?? own(value, "output") ?? value) : value;
};
