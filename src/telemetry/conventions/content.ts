import { isJsonObject, type Json } from "../../model/json.ts";
import type { Message, Part, Role } from "../../model/message.ts";
import type { SpanContent, SpanKind } from "../../model/span.ts";
import { clip, newAllowance } from "./clip.ts";
import { parseDocuments } from "./documents.ts";
import type { Ask } from "./fields.ts";
import { jsonOrText, own } from "./messages/fields.ts";
import { toolMessage } from "./messages/langchain.ts";
import { parsePart } from "./messages/part.ts";
import { resultValue } from "./messages/tool.ts";
import type { Reader } from "./reader.ts";

/** Kinds that take and give values; what they carry is no conversation even where it looks like one. */
const VALUE_KINDS: ReadonlySet<SpanKind> = new Set(["tool", "retrieval", "rerank", "embedding"]);

/** What went in and out: messages where there are some, else one value. */
export function readContent(reader: Reader, ask: Ask, kind: SpanKind): SpanContent {
  return VALUE_KINDS.has(kind) ? readValues(reader, ask, kind) : readConversation(reader, ask, kind);
}

function readValues(reader: Reader, ask: Ask, kind: SpanKind): SpanContent {
  const input = ask("input");
  const output = ask("output");
  const documents = ask("documents") ?? (kind === "retrieval" ? parseDocuments(output) : null);
  return {
    system: null,
    inputMessages: null,
    outputMessages: null,
    input: bounded(reader, "input", typeof input === "string" ? jsonOrText(input) : input),
    output:
      kind === "tool" && output !== undefined
        ? reader.found("output", (found) => resultValue(toolOutput(output), found, parsePart))
        : bounded(reader, "output", output),
    toolDefinitions: null,
    documents,
  };
}

/**
 * The result itself: without the quotes of a text written as JSON, out of the message that a tool node adds to the
 * history (LangChain), and out of the envelope `{id, name, response}` (Google ADK).
 */
function toolOutput(output: Json): Json {
  if (typeof output === "string") return jsonOrText(output);
  if (!isJsonObject(output)) return output;
  const message = toolMessage(output);
  if (message) return own(message, "content") ?? output;
  const isEnvelope =
    Object.keys(output).length === 3 && typeof own(output, "name") === "string" && "id" in output;
  return (isEnvelope ? own(output, "response") : undefined) ?? output;
}

function readConversation(reader: Reader, ask: Ask, kind: SpanKind): SpanContent {
  const input = side(reader, ask, kind, "inputMessages", "input", "user");
  const output = side(reader, ask, kind, "outputMessages", "output", "assistant");
  const system = ask("system");
  const definitions =
    ask("toolDefinitions") ?? (reader.toolDefinitions.length > 0 ? [...reader.toolDefinitions] : null);
  return {
    system: system ?? null,
    inputMessages: input.messages,
    outputMessages: output.messages,
    input: input.value,
    output: output.value,
    toolDefinitions: bounded(reader, "tool definitions", definitions),
    documents: ask("documents") ?? null,
  };
}

function side(
  reader: Reader,
  ask: Ask,
  kind: SpanKind,
  messagesField: "inputMessages" | "outputMessages",
  valueField: "input" | "output",
  role: Role,
): { messages: Message[] | null; value: Json } {
  const stated = ask(messagesField);
  if (stated)
    return { messages: kind === "agent" && role === "assistant" ? inOrder(stated) : stated, value: null };
  const value = ask(valueField);
  if (value === undefined) return { messages: null, value: null };
  const read =
    reader.tryMessages(value, role) ??
    (kind === "llm" && typeof value === "string" ? reader.textMessage(role, value) : undefined);
  if (read && read.length > 0) return { messages: read, value: null };
  return { messages: null, value: bounded(reader, valueField, value) };
}

/**
 * AI SDK 7 writes an agent's whole run as one message: its last text, then the calls of all steps and their results.
 * That is a call, a result and an answer.
 */
function inOrder(messages: Message[]): Message[] {
  const [only] = messages;
  if (messages.length !== 1 || only?.role !== "assistant") return messages;
  const of = (...types: Part["type"][]) => only.parts.filter((part) => types.includes(part.type));
  const results = of("tool_result");
  if (results.length === 0) return messages;
  const rest = only.parts.filter((part) => part.type !== "tool_result" && part.type !== "tool_call");
  const run: Message[] = [
    { role: "assistant", parts: of("tool_call") },
    { role: "tool", parts: results },
    { role: "assistant", parts: rest },
  ];
  return run.filter((message) => message.parts.length > 0);
}

function bounded(reader: Reader, what: string, value: Json | undefined): Json {
  if (value === undefined || value === null) return null;
  const allowance = newAllowance();
  const kept = clip(value, allowance);
  if (allowance.cut) reader.notes.add("value_too_large", what);
  return kept;
}
