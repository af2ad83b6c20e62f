import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import { anyField, arrayField, numberField, objectField, textField, timeUs } from "../fields.ts";

/** What one line of a chat file says, before its messages are read. */
export interface Conversation {
  /** The line held a request and the answer to it: one model call. Otherwise messages of a whole conversation. */
  readonly isCall: boolean;
  readonly request: Json[];
  readonly answer: Json;
  readonly tools: Json;
  readonly model: string | null;
  readonly usage: JsonObject | null;
  readonly responseId: string | null;
  readonly traceId: string | null;
  readonly sessionId: string | null;
  readonly userId: string | null;
  /** Null: the line names no time. */
  readonly startUs: number | null;
  readonly endUs: number | null;
  readonly tags: Record<string, string>;
}

const SESSION = [
  "session_id",
  "sessionId",
  "conversation_id",
  "conversationId",
  "thread_id",
  "threadId",
  "chat_id",
];

export const sessionField = (value: JsonObject): string | null =>
  textField(value, ...SESSION) ?? textField(objectField(value, "metadata") ?? {}, ...SESSION);

const isMessageList = (value: Json[] | null): value is Json[] =>
  value !== null &&
  value.length > 0 &&
  value.some((item) => isJsonObject(item) && typeof item["role"] === "string");

/** Null when the line holds no messages. */
export function readConversation(line: JsonObject): Conversation | null {
  const request = requestOf(line);
  const messages = arrayField(request, "messages", "conversation") ?? arrayField(request, "input");
  if (!isMessageList(messages)) return null;
  const response = responseOf(line);
  const answer = response === null ? null : anyField(response, "choices", "output", "content", "message");
  const plain = anyField(line, "completion", "output", "response");
  return {
    isCall: answer !== null || (response === null && typeof plain === "string"),
    request: messages,
    answer: answer ?? (response === null && typeof plain === "string" ? plain : null),
    tools: anyField(request, "tools", "functions"),
    model: textField(response ?? {}, "model") ?? textField(request, "model") ?? textField(line, "model"),
    usage: objectField(response ?? {}, "usage") ?? objectField(line, "usage"),
    responseId: textField(response ?? {}, "id"),
    traceId: textField(line, "trace_id", "traceId"),
    sessionId: sessionField(line) ?? sessionField(request),
    userId: textField(line, "user_id", "userId", "user") ?? textField(request, "user"),
    ...timesOf(line, response),
    tags: tagsOf(line),
  };
}

/** The request: under `request`, `body` (batches), `input`, `kwargs`, or the line itself. */
function requestOf(line: JsonObject): JsonObject {
  for (const key of ["request", "body", "input", "kwargs"]) {
    const held = objectField(line, key);
    if (held === null) continue;
    const inner = objectField(held, "body") ?? held;
    if (arrayField(inner, "messages", "input") !== null) return inner;
  }
  return line;
}

function responseOf(line: JsonObject): JsonObject | null {
  const held = objectField(line, "response", "output", "completion");
  if (held === null) return arrayField(line, "choices") === null ? null : line;
  const inner = objectField(held, "body") ?? held;
  return typeof inner["role"] === "string" ? { message: [inner] } : inner;
}

const START = ["start_time", "startTime", "timestamp", "created_at", "createdAt", "created", "time", "date"];
const END = ["end_time", "endTime", "completed_at", "finished_at"];

function timesOf(line: JsonObject, response: JsonObject | null) {
  const startUs =
    timeUs(anyField(line, ...START)) ?? timeUs(anyField(response ?? {}, "created", "created_at"));
  const ms = numberField(line, "latency_ms", "duration_ms", "latencyMs", "durationMs");
  const endUs =
    timeUs(anyField(line, ...END)) ?? (startUs !== null && ms !== null ? startUs + ms * 1000 : null);
  return { startUs, endUs: endUs === null ? null : Math.round(endUs) };
}

const MAX_TAGS = 30;

/** Scalars of `metadata`, the names in `tags`, and the line's own id. */
function tagsOf(line: JsonObject): Record<string, string> {
  const tags = new Map<string, string>();
  const id = line["id"] ?? line["custom_id"] ?? null;
  if (typeof id === "string" || typeof id === "number") tags.set("id", String(id).slice(0, 200));
  for (const [name, value] of Object.entries(objectField(line, "metadata") ?? {})) {
    if (tags.size >= MAX_TAGS) break;
    if (name === "__proto__" || SESSION.includes(name) || value === null || typeof value === "object")
      continue;
    tags.set(name.slice(0, 100), String(value).slice(0, 500));
  }
  for (const tag of arrayField(line, "tags") ?? []) {
    if (typeof tag === "string" && tags.size < MAX_TAGS && tag !== "__proto__")
      tags.set(tag.slice(0, 100), "true");
  }
  return Object.fromEntries(tags);
}
