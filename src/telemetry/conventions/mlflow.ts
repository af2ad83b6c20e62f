import { isJsonObject, type Json } from "../../model/json.ts";
import type { SpanKind } from "../../model/span.ts";
import { parseDocuments } from "./documents.ts";
import type { Convention } from "./fields.ts";
import { firstText, own } from "./messages/fields.ts";
import type { Reader } from "./reader.ts";

/** https://mlflow.org/docs/latest/genai/concepts/span : span types are upper-case words. */
const KINDS: ReadonlyMap<string, SpanKind> = new Map<string, SpanKind>([
  ["LLM", "llm"],
  ["CHAT_MODEL", "llm"],
  ["AGENT", "agent"],
  ["TOOL", "tool"],
  ["CHAIN", "workflow"],
  ["WORKFLOW", "workflow"],
  ["TASK", "workflow"],
  ["RETRIEVER", "retrieval"],
  ["RERANKER", "rerank"],
  ["EMBEDDING", "embedding"],
  ["MEMORY", "memory"],
  ["GUARDRAIL", "guardrail"],
  ["EVALUATOR", "evaluator"],
]);

/** MLflow writes every attribute as JSON, so that a word comes in quotes. */
function word(r: Reader, key: string): string | undefined {
  const text = r.text(key);
  return text?.startsWith('"') && text.endsWith('"') && text.length > 1 ? text.slice(1, -1) : text;
}

const isTool = (r: Reader) => word(r, "mlflow.spanType") === "TOOL";

/** MLflow traces over OTLP, and the attributes that its exports carry. */
export const mlflow: Convention = {
  name: "mlflow",
  scope: /^mlflow/,
  words: ["mlflow"],
  fields: {
    kind: (r) => KINDS.get(word(r, "mlflow.spanType") ?? ""),
    sessionId: (r) => word(r, "mlflow.trace.session"),
    userId: (r) => word(r, "mlflow.trace.user"),
    agentName: (r) => (word(r, "mlflow.spanType") === "AGENT" ? r.raw.name : undefined),
    provider: (r) => word(r, "mlflow.llm.provider"),
    model: (r) => word(r, "mlflow.llm.model"),
    toolName: (r) => (isTool(r) ? r.raw.name : undefined),
    usage(r) {
      const counts = r.object("mlflow.chat.tokenUsage") ?? {};
      return {
        inputTokens: count(own(counts, "input_tokens")),
        outputTokens: count(own(counts, "output_tokens")),
        cacheReadTokens: count(own(counts, "cache_read_input_tokens")),
        cacheWriteTokens: count(own(counts, "cache_creation_input_tokens")),
      };
    },
    costUsd(r) {
      const cost = r.object("mlflow.llm.cost");
      return cost && count(own(cost, "total_cost"));
    },
    prompts(r) {
      const linked = r.json("mlflow.linkedPrompts");
      if (!Array.isArray(linked)) return undefined;
      return linked.filter(isJsonObject).flatMap((prompt) => {
        const name = firstText(prompt, "name");
        const version = own(prompt, "version");
        return name === undefined
          ? []
          : [{ name, version: version === undefined || version === null ? null : String(version) }];
      });
    },
    input: (r) => r.json("mlflow.spanInputs"),
    output: (r) => r.json("mlflow.spanOutputs"),
    toolDefinitions: (r) => r.json("mlflow.chat.tools"),
    documents: (r) =>
      word(r, "mlflow.spanType") === "RETRIEVER" ? parseDocuments(r.json("mlflow.spanOutputs")) : undefined,
  },
};

const count = (value: Json | undefined): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
