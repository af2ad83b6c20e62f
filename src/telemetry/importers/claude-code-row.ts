import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import { arrayField, booleanField, objectField, textField, timeUs } from "../fields.ts";

/** A row of a transcript that is part of the conversation. */
export interface Row {
  readonly line: number;
  readonly raw: JsonObject;
  readonly role: "user" | "assistant";
  readonly message: JsonObject;
  readonly timeUs: number;
  readonly uuid: string | null;
  readonly parentUuid: string | null;
  readonly sessionId: string | null;
  readonly agentId: string | null;
  readonly promptId: string | null;
  readonly sidechain: boolean;
  /** Written by Claude Code itself (caveats, skill texts), not by the user. */
  readonly meta: boolean;
  /** What stands for the conversation before it. */
  readonly summary: boolean;
  readonly results: readonly JsonObject[];
}

/** Null when the row is no message, or has no time. */
export function readRow(raw: JsonObject, line: number): Row | null {
  const role = textField(raw, "type");
  const message = objectField(raw, "message");
  const time = timeUs(raw["timestamp"] ?? null);
  if ((role !== "user" && role !== "assistant") || message === null || time === null) return null;
  return {
    line,
    raw,
    role,
    message,
    timeUs: time,
    uuid: textField(raw, "uuid"),
    parentUuid: textField(raw, "parentUuid"),
    sessionId: textField(raw, "sessionId", "session_id"),
    agentId: textField(raw, "agentId"),
    promptId: textField(raw, "promptId"),
    sidechain: booleanField(raw, "isSidechain") === true,
    meta: booleanField(raw, "isMeta") === true,
    summary: booleanField(raw, "isCompactSummary") === true,
    results: toolResults(message),
  };
}

const blocksOf = (message: JsonObject): JsonObject[] =>
  (arrayField(message, "content") ?? []).filter((block) => isJsonObject(block));

const toolResults = (message: JsonObject): JsonObject[] =>
  blocksOf(message).filter((block) => block["type"] === "tool_result");

/** The text of a user row, for telling prompts from notices. */
export function textOfRow(row: Row): string {
  const content: Json = row.message["content"] ?? null;
  if (typeof content === "string") return content;
  const text = blocksOf(row.message).find((block) => block["type"] === "text");
  return text ? (textField(text, "text") ?? "") : "";
}

export const isInterruption = (row: Row): boolean =>
  row.role === "user" && textOfRow(row).startsWith("[Request interrupted by user");

/** What a user asked: the beginning of a turn. */
export const isPrompt = (row: Row): boolean =>
  row.role === "user" &&
  row.results.length === 0 &&
  !row.meta &&
  !row.summary &&
  !row.sidechain &&
  !isInterruption(row);
