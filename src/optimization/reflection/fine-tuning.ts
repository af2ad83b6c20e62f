import type { RunRecord } from "../../evaluation/run-record.ts";
import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Message, Part } from "../../model/message.ts";
import { mediaLabel } from "../../reading/message-text.ts";
import { chatMessages } from "../../targets/messages.ts";

/** One conversation as a line to train on, or why it cannot be one. */
export type FineTuningLine =
  | {
      readonly state: "line";
      /** JSON without a line break: untrusted. */
      readonly line: string;
      /** What the format has no place for: media are named in words, reasoning and unknown parts left out. */
      readonly lost: { readonly media: number; readonly reasoning: number; readonly other: number };
    }
  | { readonly state: "unusable"; readonly reason: string };

const isObject = (value: Json | undefined): value is JsonObject => value !== undefined && isJsonObject(value);

/** Definitions as OpenAI has them, from its own form, Anthropic's or a bare one; null where something is none. */
function toolsOf(tools: Json): JsonObject[] | null {
  if (tools === null) return [];
  if (!Array.isArray(tools)) return null;
  const read = tools.map((tool): JsonObject | null => {
    if (!isJsonObject(tool)) return null;
    const inner = isObject(tool["function"]) ? tool["function"] : tool;
    const { name, description } = inner;
    const parameters = inner["parameters"] ?? inner["input_schema"] ?? inner["inputSchema"];
    if (typeof name !== "string" || name === "") return null;
    return {
      type: "function",
      function: {
        name,
        ...(typeof description === "string" ? { description } : {}),
        parameters: isObject(parameters) ? parameters : { type: "object", properties: {} },
      },
    };
  });
  return read.every((tool) => tool !== null) ? read : null;
}

/** Every call and result with an id: the n-th result without one belongs to the n-th call without one. */
function withIds(messages: readonly Message[]): Message[] {
  const next = { tool_call: 0, tool_result: 0 };
  const named = (part: Part): Part => {
    if ((part.type !== "tool_call" && part.type !== "tool_result") || part.id !== null) return part;
    next[part.type] += 1;
    return { ...part, id: `call_${next[part.type]}` };
  };
  return messages.map((message) => ({ ...message, parts: message.parts.map(named) }));
}

function plainPart(part: Part): Part[] {
  if (part.type === "media") return [{ type: "text", text: mediaLabel(part) }];
  return part.type === "reasoning" || part.type === "other" ? [] : [part];
}

/** Why OpenAI's format does not take the messages; null when it does. */
function unusable(messages: readonly Message[]): string | null {
  const parts = messages.flatMap((message) => message.parts);
  const calls = parts.flatMap((part) => (part.type === "tool_call" ? [part.id] : []));
  const results = parts.flatMap((part) => (part.type === "tool_result" ? [part.id] : []));
  if (!messages.some(({ role }) => role === "user")) return "nobody asks anything";
  const last = messages.at(-1);
  const says = last?.parts.some((part) => part.type === "text" && part.text.trim() !== "");
  if (last?.role !== "assistant" || !says) return "it does not end in an answer of the agent";
  if (new Set(calls).size < calls.length) return "two calls have one id";
  if (calls.some((id) => !results.includes(id))) return "a call has no result";
  return results.some((id) => !calls.includes(id)) ? "a result belongs to no call" : null;
}

/**
 * A conversation as one line of JSONL for fine-tuning: `{"messages": [...], "tools": [...]}` in OpenAI's chat format
 * (https://platform.openai.com/docs/api-reference/fine-tuning/chat-input), calls and results with matching ids.
 */
export function fineTuningLine(messages: readonly Message[], tools: Json = null): FineTuningLine {
  const all = messages.flatMap((message) => message.parts);
  const count = (type: Part["type"]): number => all.filter((part) => part.type === type).length;
  const plain = withIds(messages)
    .map((message) => ({ ...message, parts: message.parts.flatMap(plainPart) }))
    .filter(({ parts }) => parts.length > 0);
  const wrong = unusable(plain);
  if (wrong !== null) return { state: "unusable", reason: wrong };
  const defined = toolsOf(tools);
  if (defined === null) return { state: "unusable", reason: "its tools are in no known format" };
  const line = JSON.stringify({
    messages: chatMessages(plain),
    ...(defined.length > 0 ? { tools: defined } : {}),
  });
  return {
    state: "line",
    line,
    lost: { media: count("media"), reasoning: count("reasoning"), other: count("other") },
  };
}

const said = (role: "system" | "assistant", text: string): Message => ({
  role,
  parts: [{ type: "text", text }],
});

/** The same from a run of an evaluation: its instructions, conversation and tools as its traces show them. */
export function fineTuningRun({ run, evidence }: RunRecord): FineTuningLine {
  if (run.status !== "ok") return { state: "unusable", reason: "the run failed" };
  const { system, conversation, tools } = evidence;
  const hasSystem = conversation.some(({ role }) => role === "system");
  const answers = conversation.at(-1)?.role === "assistant";
  return fineTuningLine(
    [
      ...(system === null || hasSystem ? [] : [said("system", system)]),
      ...conversation,
      ...(answers || typeof run.output !== "string" ? [] : [said("assistant", run.output)]),
    ],
    tools,
  );
}
