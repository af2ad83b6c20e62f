import type { Database } from "better-sqlite3";
import { isJsonObject, type Json } from "../../model/json.ts";
import { contentReader } from "./rollup-preview.ts";

/**
 * What an assistant message says, for comparison of a recorded answer with the history that repeats it: texts with
 * white space collapsed, and tool calls by name and arguments. Reasoning and call ids are left out, since agents
 * drop or renumber them. Null: not an assistant's, or nothing in it to compare.
 */
export function answerText(message: Json): string | null {
  if (!isJsonObject(message) || message["role"] !== "assistant" || !Array.isArray(message["parts"]))
    return null;
  const words: string[] = [];
  for (const part of message["parts"]) {
    if (!isJsonObject(part)) continue;
    if (part["type"] === "text" && typeof part["text"] === "string") words.push(part["text"]);
    if (part["type"] === "tool_call") words.push(`${part["name"]}(${JSON.stringify(part["arguments"])})`);
  }
  return words.join(" ").replace(/\s+/g, " ").trim() || null;
}

/** Reads answers by their content row; undefined for a message that is not an assistant's. */
export function answerReader(db: Database): (content: number) => string | undefined {
  const read = contentReader(db);
  return (content) => {
    const { text, tooLong } = read(content);
    const message: Json = tooLong ? null : JSON.parse(text);
    return answerText(message) ?? undefined;
  };
}
