import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { TargetOutput, type TargetRun } from "../model/target-run.ts";

/** What a target answered, read. */
export type Answer = Pick<
  TargetRun,
  "output" | "messages" | "toolCalls" | "state" | "usage" | "reason" | "error" | "ignored"
> & {
  readonly status: "ok" | "error" | "empty" | "invalid";
  /** It is a JSON object of the contract, not text or other JSON. */
  readonly isContract: boolean;
};

/** Deeper values cannot be written again by everything that comes after. */
const MAX_DEPTH = 200;

const FIELDS = Object.keys(TargetOutput.shape);

const NOTHING = {
  output: null,
  messages: [],
  toolCalls: [],
  state: null,
  usage: null,
  reason: null,
  error: null,
  ignored: { lines: 0, fields: [] },
  isContract: false,
} satisfies Omit<Answer, "status">;

const invalid = (reason: string): Answer => ({ ...NOTHING, status: "invalid", reason });

/**
 * Reads all that a target wrote. A JSON object with `output` or `error` is the contract's answer, also when it is the
 * last line after others; any other JSON object or list is the output itself; all else is plain text.
 */
export function readOutput(bytes: Uint8Array): Answer {
  const text = decode(bytes);
  if (text === null) return invalid("its output is not UTF-8 text");
  const trimmed = text.trim();
  if (trimmed === "") return { ...NOTHING, status: "empty", reason: "it gave no output" };
  const value = parseContainer(trimmed);
  if (value !== undefined && isDeep(value)) return invalid(`its JSON is nested over ${MAX_DEPTH} levels`);
  if (isJsonObject(value) && hasAnswer(value)) return readAnswer(value);
  if (value !== undefined) return { ...NOTHING, status: "ok", output: value };
  const lines = trimmed.split("\n");
  const last = parseContainer(lines.at(-1) ?? "");
  if (isJsonObject(last) && hasAnswer(last) && !isDeep(last)) {
    return withIgnoredLines(readAnswer(last), lines.length - 1);
  }
  return { ...NOTHING, status: "ok", output: text.replace(/[\r\n]+$/, "") };
}

/** Reads one answer of the contract. */
export function readAnswer(value: JsonObject): Answer {
  if (isDeep(value)) return invalid(`its JSON is nested over ${MAX_DEPTH} levels`);
  const parsed = TargetOutput.safeParse(value);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path[0];
    return invalid(`its "${String(field)}" is not what the contract says`);
  }
  const { output = null, messages = [], toolCalls = [], state = null, usage = null } = parsed.data;
  const error = errorText(parsed.data.error);
  const isEmpty = (output === null || output === "") && toolCalls.length === 0 && state === null;
  const fields = Object.keys(value).filter((key) => !FIELDS.includes(key));
  const ignored = { lines: 0, fields };
  const given = { output, messages, toolCalls, state, usage, error, ignored, isContract: true };
  if (error !== null) return { ...given, status: "error", reason: "it answered with an error" };
  if (isEmpty) return { ...given, status: "empty", reason: "its output is empty" };
  return { ...given, status: "ok", reason: null };
}

export const withIgnoredLines = (answer: Answer, lines: number): Answer => ({
  ...answer,
  ignored: { ...answer.ignored, lines: answer.ignored.lines + lines },
});

/** Text of UTF-8 without NUL; null for anything else. */
export function decode(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}

const hasAnswer = (value: JsonObject): boolean =>
  Object.hasOwn(value, "output") || Object.hasOwn(value, "error");

/** What a target says of a failure, of its run or of a tool call; null where it says that there was none. */
export const errorText = (error: Json | undefined): string | null => {
  if (error === undefined || error === null || error === false || error === "") return null;
  return typeof error === "string" ? error : JSON.stringify(error);
};

/** The object or list that the text is; undefined for other text, scalars among it. */
export function parseContainer(text: string): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** By hand and without recursion: what is too deep would break any walker. */
function isDeep(value: Json): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((inner) =>
      typeof inner === "object" && inner !== null ? Object.values(inner) : [],
    );
  }
  return false;
}
