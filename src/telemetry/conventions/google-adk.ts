import { isJsonObject, type Json } from "../../model/json.ts";
import type { Convention } from "./fields.ts";
import { firstObject, own } from "./messages/fields.ts";
import type { Reader } from "./reader.ts";

const agent = (name: string) => `gcp.vertex.agent.${name}`;

/** Spans that have no request carry `{}` in its place. */
function filled(value: Json | undefined): Json | undefined {
  return isJsonObject(value) && Object.keys(value).length === 0 ? undefined : value;
}

function definitions(r: Reader): Json | undefined {
  const request = r.object(agent("llm_request"));
  const config = request && firstObject(request, "config");
  return config && own(config, "tools");
}

/**
 * Google Agent Development Kit: requests and answers in the form of Gemini's API.
 * src/google/adk/telemetry in https://github.com/google/adk-python
 */
export const googleAdk: Convention = {
  name: "google_adk",
  scope: /^gcp\.vertex\.agent/,
  words: ["gcp"],
  fields: {
    kind: (r) => (filled(r.json(agent("llm_request"))) === undefined ? undefined : "llm"),
    sessionId: (r) => r.text(agent("session_id")),
    userId: (r) => r.text(agent("user_id")),
    inputMessages: (r) => r.tryMessages(filled(r.json(agent("llm_request"))), "user"),
    outputMessages: (r) => r.tryMessages(filled(r.json(agent("llm_response"))), "assistant"),
    input: (r) => r.json(agent("tool_call_args")),
    output: (r) => r.json(agent("tool_response")),
    toolDefinitions: (r) => definitions(r),
  },
};
