import { isJsonObject, type Json } from "../../model/json.ts";
import type { Message, Role } from "../../model/message.ts";
import type { SpanKind } from "../../model/span.ts";
import { parseDocuments } from "./documents.ts";
import type { Convention } from "./fields.ts";
import { firstText, own, parseContainer } from "./messages/fields.ts";
import { toolMessage } from "./messages/langchain.ts";
import { promptRef } from "./prompt-ref.ts";
import type { Reader } from "./reader.ts";
import { addTags } from "./tags.ts";

const KINDS: ReadonlyMap<string, SpanKind> = new Map<string, SpanKind>([
  ["LLM", "llm"],
  ["CHAIN", "workflow"],
  ["AGENT", "agent"],
  ["TOOL", "tool"],
  ["RETRIEVER", "retrieval"],
  ["RERANKER", "rerank"],
  ["EMBEDDING", "embedding"],
  ["GUARDRAIL", "guardrail"],
  ["EVALUATOR", "evaluator"],
  ["PROMPT", "other"],
  ["DECISION", "workflow"],
]);

const isTool = (r: Reader) => r.text("openinference.span.kind")?.toUpperCase() === "TOOL";

/**
 * Arize OpenInference, whose lists are flattened attributes.
 * https://arize-ai.github.io/openinference/spec/attributes/semantic-conventions.html
 */
export const openInference: Convention = {
  name: "openinference",
  scope: /^(openinference\.|@arizeai\/openinference|beeai)/,
  words: [
    "openinference",
    "llm",
    "input",
    "output",
    "embedding",
    "retrieval",
    "reranker",
    "tool",
    "agent",
    "graph",
    "metadata",
    "tag",
  ],
  fields: {
    kind: (r) => KINDS.get(r.text("openinference.span.kind")?.toUpperCase() ?? ""),
    sessionId: (r) =>
      r.text("session.id") ??
      firstText(r.object("metadata") ?? {}, "session_id", "thread_id", "conversation_id"),
    agentName: (r) =>
      r.text("agent.name", "graph.node.name") ?? firstText(r.object("metadata") ?? {}, "lc_agent_name"),
    provider: (r) => r.text("llm.provider", "llm.system")?.toLowerCase(),
    model: (r) =>
      r.text(
        "llm.response.model_name",
        "llm.model_name",
        "embedding.model_name",
        "reranker.model_name",
        "llm.request.model_name",
      ),
    toolName: (r) => r.text("tool.name"),
    toolCallId: (r) =>
      r.text("tool.id", "tool_call.id") ??
      (isTool(r) ? firstText(toolMessage(r.json("output.value") ?? null) ?? {}, "tool_call_id") : undefined),
    finishReasons: (r) => r.list("llm.finish_reason"),
    usage: (r) => ({
      inputTokens: r.number("llm.token_count.prompt"),
      outputTokens: r.number("llm.token_count.completion"),
      cacheReadTokens: r.number(
        "llm.token_count.prompt_details.cache_read",
        "llm.token_count.prompt_details.cache_input",
      ),
      cacheWriteTokens: r.number("llm.token_count.prompt_details.cache_write"),
      reasoningTokens: r.number("llm.token_count.completion_details.reasoning"),
      exclusive: /bedrock/.test(r.raw.scope.name),
    }),
    costUsd: (r) => r.number("llm.cost.total"),
    prompts: (r) =>
      promptRef(r.text("llm.prompt_template.name", "prompt.id"), r.text("llm.prompt_template.version")),
    inputMessages: (r) =>
      withContent(r.tryMessages(r.group("llm.input_messages"), "user")) ?? completionPrompts(r),
    outputMessages: (r) => merged(r, r.tryMessages(r.group("llm.output_messages"), "assistant")),
    // A tool's `tool.parameters` is its schema in some instrumentations, so the arguments that it got come first.
    input: (r) => r.json("input.value") ?? (isTool(r) ? r.json("tool.parameters") : undefined),
    output: (r) => r.json("output.value"),
    toolDefinitions: (r) => toolDefinitions(r),
    documents: (r) =>
      parseDocuments(r.group("retrieval.documents")) ?? parseDocuments(r.group("reranker.output_documents")),
    tags(r) {
      const tags = new Map<string, string>();
      addTags(tags, r.json("tag.tags"));
      addTags(tags, r.json("metadata"));
      return tags;
    },
  },
};

function completionPrompts(r: Reader): Message[] | undefined {
  const prompts = r.group("llm.prompts");
  const first = Array.isArray(prompts) ? prompts[0] : undefined;
  const text = isJsonObject(first) ? own(first, "prompt.text") : undefined;
  return typeof text === "string" ? r.textMessage("user", text) : undefined;
}

/** LangGraph's agents state roles alone where they were given plain objects; `input.value` has the texts. */
function withContent(messages: Message[] | undefined): Message[] | undefined {
  return messages?.some((message) => message.parts.length > 0) ? messages : undefined;
}

/** BeeAI writes an answer as one message for each streamed token: pieces of one text are one message. */
function merged(r: Reader, messages: Message[] | undefined): Message[] | undefined {
  if (!messages || messages.length < 3 || !/beeai/.test(r.raw.scope.name)) return messages;
  const texts = messages.map((message) =>
    message.parts.map((part) => (part.type === "text" ? part.text : null)),
  );
  if (!texts.every((parts) => parts.every((text) => text !== null))) return messages;
  const role: Role = messages[0]?.role ?? "assistant";
  return [{ role, parts: [{ type: "text", text: texts.flat().join("") }] }];
}

function toolDefinitions(r: Reader): Json | undefined {
  const group = r.group("llm.tools");
  if (!Array.isArray(group)) return r.json("llm.tools");
  return group.map((item) => {
    const tool = isJsonObject(item) ? own(item, "tool") : undefined;
    const schema = isJsonObject(tool) ? own(tool, "json_schema") : undefined;
    return typeof schema === "string" ? (parseContainer(schema) ?? schema) : item;
  });
}
