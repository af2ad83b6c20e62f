import { isJsonObject, type Json, type JsonObject } from "../../../model/json.ts";
import { firstObject, own } from "./fields.ts";

/**
 * What `messages_to_dict` of langchain_core makes of a message, `{type, data: {type, content, ...}}`: its data. The
 * Python instrumentation of OpenInference writes the state of a graph this way.
 */
export function messageData(value: JsonObject): JsonObject | undefined {
  const data = firstObject(value, "data");
  const isMessage =
    data !== undefined &&
    own(value, "content") === undefined &&
    typeof own(data, "type") === "string" &&
    own(data, "type") === own(value, "type");
  return isMessage ? data : undefined;
}

/**
 * The message that a tool node adds to the history, as the span of the tool holds it: plain, under `output`,
 * serialised by its class (`kwargs`) or as `{type, data}`. Undefined when the output is no such message.
 */
export function toolMessage(output: Json): JsonObject | undefined {
  if (!isJsonObject(output)) return undefined;
  const inner = Object.keys(output).length === 1 ? (firstObject(output, "output") ?? output) : output;
  const message = firstObject(inner, "kwargs") ?? messageData(inner) ?? inner;
  const isMessage = own(message, "type") === "tool" || typeof own(message, "tool_call_id") === "string";
  return isMessage ? message : undefined;
}
