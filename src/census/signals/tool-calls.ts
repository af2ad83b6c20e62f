import { canonicalJson } from "../../canonical.ts";
import { parsedJson } from "../../judges/json-path.ts";
import { isJsonObject } from "../../model/json.ts";
import type { TranscriptRow } from "../../reading/transcript/rows.ts";
import type { Conversation } from "../conversation.ts";

export interface Call {
  readonly turn: number;
  readonly name: string;
  /** Name and arguments: equal for the same call. */
  readonly key: string;
  readonly result: string;
  readonly failed: boolean;
}

const LOOKED_AT = 600;
/** Beginnings by which tools say in words that they failed. */
const FAILURES = /^\W*(?:error|exception|traceback|failed|failure|fatal|\w+(?:Error|Exception))\b\W/i;

/** A result that says itself that the call failed, though its span does not. */
function saysFailed(text: string): boolean {
  if (FAILURES.test(text.slice(0, LOOKED_AT))) return true;
  const value = /^\s*\{/.test(text) ? parsedJson(text) : null;
  if (value === undefined || !isJsonObject(value)) return false;
  const { error = null, isError, is_error: alsoError, success } = value;
  return (
    (error !== null && error !== false && error !== "") ||
    isError === true ||
    alsoError === true ||
    success === false
  );
}

const callOf = (row: TranscriptRow): Call[] => {
  const { tool, turn, text } = row;
  if (!tool) return [];
  const key = `${tool.name} ${canonicalJson(tool.arguments)}`;
  return [{ turn, name: tool.name, key, result: text, failed: tool.isError || saysFailed(text) }];
};

/** Tool calls of the main conversation, in order. */
export const toolCalls = ({ rows }: Pick<Conversation, "rows">): readonly Call[] => rows.flatMap(callOf);
