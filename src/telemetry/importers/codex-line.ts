import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import { objectField, textField, timeUs } from "../fields.ts";

/** One line of a rollout in the form that all versions share. */
export interface RolloutLine {
  readonly type: string;
  readonly payload: JsonObject;
  readonly timeUs: number | null;
}

const ITEMS = new Set([
  "message",
  "reasoning",
  "function_call",
  "function_call_output",
  "custom_tool_call",
  "custom_tool_call_output",
  "local_shell_call",
  "web_search_call",
]);

/**
 * `{timestamp, type, payload}` since autumn 2025; before that a header `{id, timestamp, instructions}` and bare
 * items, among them `{record_type: "state"}`. Null for what is neither.
 */
export function readLine(value: Json): RolloutLine | null {
  if (!isJsonObject(value)) return null;
  const type = textField(value, "type");
  const payload = objectField(value, "payload");
  const time = timeUs(value["timestamp"] ?? null);
  if (type !== null && payload !== null) return { type, payload, timeUs: time };
  if (type !== null && ITEMS.has(type)) return { type: "response_item", payload: value, timeUs: time };
  if (textField(value, "record_type") !== null) return { type: "state", payload: value, timeUs: time };
  const isHeader =
    type === null &&
    textField(value, "id") !== null &&
    textField(value, "timestamp") !== null &&
    !("role" in value);
  return isHeader ? { type: "session_meta", payload: value, timeUs: time } : null;
}

const TYPES = new Set(["session_meta", "turn_context", "response_item", "event_msg", "compacted"]);

/** Whether the first values of a file are a rollout's. */
export function isRollout(values: readonly Json[]): boolean {
  const wrapped = values.some(
    (value) =>
      isJsonObject(value) &&
      TYPES.has(textField(value, "type") ?? "") &&
      objectField(value, "payload") !== null,
  );
  if (wrapped) return true;
  const [first] = values;
  const headed =
    isJsonObject(first) &&
    textField(first, "id") !== null &&
    textField(first, "timestamp") !== null &&
    ("instructions" in first || "git" in first) &&
    !("messages" in first);
  return headed || values.slice(0, 5).some(isBareItem);
}

/** OpenAI Responses items; what tells them from chat messages is their type and their content's. */
const isBareItem = (value: Json): boolean =>
  isJsonObject(value) &&
  (textField(value, "record_type") === "state" ||
    (ITEMS.has(textField(value, "type") ?? "") &&
      (Array.isArray(value["content"]) || textField(value, "call_id") !== null)));
