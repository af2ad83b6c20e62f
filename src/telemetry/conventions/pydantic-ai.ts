import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Message } from "../../model/message.ts";
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
    inputMessages: (r) =>
      all(r)?.before ?? events(r)?.before ?? r.tryMessages(r.json("request_data"), "user"),
    outputMessages: (r) =>
      all(r)?.after ?? events(r)?.after ?? r.tryMessages(r.json("response_data"), "assistant"),
    input: (r) => r.json("tool_arguments", "prompt"),
    output: (r) => r.json("tool_response", "final_result"),
    toolDefinitions: (r) => definitions(r),
    tags(r) {
      const tags = new Map<string, string>();
      addTags(tags, r.json("logfire.tags"));
      addTags(tags, r.json("logfire.metadata"));
      return tags;
    },
  },
};

interface Split {
  readonly before: Message[] | undefined;
  readonly after: Message[] | undefined;
}

/** An agent's span holds the whole run: what came last from the model is what it answered. */
function all(r: Reader): Split | undefined {
  const list = r.json("pydantic_ai.all_messages", "all_messages_events", "all_messages");
  return Array.isArray(list) ? splitRun(r, list) : undefined;
}

function splitRun(r: Reader, list: Json[]): Split {
  const roles = list.map((item) => (isJsonObject(item) ? own(item, "role") : undefined));
  const last = roles.lastIndexOf("assistant");
  const cut = last === list.length - 1 ? last : list.length;
  return {
    before: r.tryMessages(list.slice(0, cut), "user"),
    after: cut < list.length ? r.tryMessages(list.slice(cut), "assistant") : undefined,
  };
}

/** Data format 1: one list of GenAI events, of which `gen_ai.choice` is the answer. */
function events(r: Reader): Split | undefined {
  const list = r.json("events");
  if (!Array.isArray(list) || !list.every(isJsonObject)) return undefined;
  const isChoice = (event: JsonObject) => own(event, "event.name") === "gen_ai.choice";
  const answers = list.filter(isChoice);
  return {
    before: r.tryMessages(
      list.filter((event) => !isChoice(event)),
      "user",
    ),
    after: answers.length > 0 ? r.tryMessages(answers, "assistant") : undefined,
  };
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
