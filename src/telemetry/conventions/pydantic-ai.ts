import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Message, Role } from "../../model/message.ts";
import type { Convention } from "./fields.ts";
import { firstList, own } from "./messages/fields.ts";
import type { Reader } from "./reader.ts";
import { addTags } from "./tags.ts";

/**
 * pydantic-ai and Logfire beside their GenAI attributes: older ones, and the agent span's list of all messages.
 * pydantic_ai_slim/pydantic_ai/models/instrumented.py and _agent_graph.py in https://github.com/pydantic/pydantic-ai
 */
export const pydanticAi: Convention = {
  name: "pydantic_ai",
  scope: /^(pydantic[-_]ai|logfire)/,
  words: [
    "pydantic_ai",
    "logfire",
    "all_messages_events",
    "events",
    "final_result",
    "tool_arguments",
    "tool_response",
    "operation",
    "request_data",
    "response_data",
  ],
  fields: {
    kind(r) {
      if (r.text("gen_ai.operation.name") !== undefined) return undefined;
      if (r.value("tool_arguments") !== undefined || r.value("tool_response") !== undefined) return "tool";
      if (r.text("gen_ai.agent.name", "agent_name") !== undefined) return "agent";
      return r.value("tools") !== undefined && r.raw.name.startsWith("running ") ? "workflow" : undefined;
    },
    agentName: (r) => r.text("gen_ai.agent.name", "agent_name"),
    model: (r) => r.text("gen_ai.response.model", "gen_ai.request.model", "model_name"),
    costUsd: (r) => r.number("operation.cost"),
    inputMessages: (r) => messages(r, "before", "user", "request_data"),
    outputMessages: (r) => messages(r, "after", "assistant", "response_data"),
    input: (r) => r.json("tool_arguments", "prompt"),
    output: (r) => r.json("tool_response", "final_result"),
    // Since version 1 the GenAI attribute says them without what only the library needs.
    toolDefinitions: (r) => r.json("gen_ai.tool.definitions") ?? definitions(r),
    tags(r) {
      const tags = new Map<string, string>();
      addTags(tags, r.json("logfire.tags"));
      addTags(tags, r.json("logfire.metadata"));
      return tags;
    },
  },
};

interface Split {
  readonly before: Json[];
  readonly after: Json[];
}

/** An agent's span holds the whole run: what came last from the model is what it answered. */
function wholeRun(r: Reader): Split | undefined {
  const list = r.json("pydantic_ai.all_messages", "all_messages_events", "all_messages");
  if (!Array.isArray(list)) return undefined;
  const last = list.at(-1);
  const cut = isJsonObject(last) && own(last, "role") === "assistant" ? list.length - 1 : list.length;
  return { before: list.slice(0, cut), after: list.slice(cut) };
}

/** Data format 1: one list of GenAI events, of which `gen_ai.choice` is the answer. */
function eventList(r: Reader): Split | undefined {
  const list = r.json("events");
  if (!Array.isArray(list) || !list.every(isJsonObject)) return undefined;
  const isChoice = (event: JsonObject) => own(event, "event.name") === "gen_ai.choice";
  return { before: list.filter((event) => !isChoice(event)), after: list.filter(isChoice) };
}

/** The beginning or the end of what the span lists, else the SDK's own request or answer (Logfire). */
function messages(r: Reader, side: keyof Split, role: Role, otherwise: string): Message[] | undefined {
  const split = wholeRun(r) ?? eventList(r);
  const listed = split && split[side].length > 0 ? r.tryMessages(split[side], role) : undefined;
  return listed ?? r.tryMessages(r.json(otherwise), role);
}

function definitions(r: Reader): Json | undefined {
  const parameters = r.object("model_request_parameters");
  if (!parameters) return undefined;
  const tools = [
    ...(firstList(parameters, "function_tools") ?? []),
    ...(firstList(parameters, "output_tools") ?? []),
  ];
  return tools.length > 0 ? tools : undefined;
}
