import { createHash } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import { textField } from "../fields.ts";
import { traceIdFrom, traceIdOf } from "../synthetic.ts";
import { type Conversation, readConversation, sessionField } from "./chat-line.ts";
import { conversationSpans } from "./chat-spans.ts";
import type { Importer, JsonRecord, Output, Source } from "./contract.ts";

const ROLES = new Set(["system", "developer", "user", "assistant", "tool", "function"]);

/** A message on its own; rows of a transcript that carry one have other marks and are told apart before. */
const isMessage = (value: Json): value is JsonObject =>
  isJsonObject(value) &&
  ROLES.has(textField(value, "role") ?? "") &&
  ("content" in value || "tool_calls" in value || "function_call" in value);

const isConversation = (value: Json): boolean =>
  (Array.isArray(value) && value.length > 0 && value.slice(0, 20).every(isMessage)) ||
  (isJsonObject(value) && readConversation(value) !== null);

/**
 * OpenAI style chat messages: `{messages}` a line (fine-tuning files), requests with their answers (logs, batches), a
 * list of messages, a message a line. Each line, or each run of messages of one session, is a trace.
 */
export const chatImporter: Importer = {
  format: "chat",
  detect: (sample) => sample.values.some((value) => isConversation(value) || isMessage(value)),
  read: readChats,
};

/** Messages that may wait for the rest of their conversation. */
const MAX_LOOSE_CHARS = 256 << 20;

interface Loose {
  readonly line: number;
  readonly session: string | null;
  readonly messages: JsonObject[];
  chars: number;
}

async function readChats(source: Source, output: Output): Promise<void> {
  const emit = createEmitter(source, output);
  let loose: Loose | null = null;
  for await (const record of source.records()) {
    const { value } = record;
    if (isMessage(value)) {
      const session = sessionField(value);
      if (loose !== null && (loose.session !== session || loose.chars > MAX_LOOSE_CHARS)) {
        await emit(fromLoose(loose), { line: loose.line, value: loose.messages, chars: loose.chars });
        loose = null;
      }
      loose ??= { line: record.line, session, messages: [], chars: 0 };
      loose.messages.push(value);
      loose.chars += record.chars;
      continue;
    }
    const conversation = Array.isArray(value)
      ? readConversation({ messages: value })
      : isJsonObject(value)
        ? readConversation(value)
        : null;
    if (conversation === null) output.skip("no chat messages", record.line);
    else await emit(conversation, record);
  }
  if (loose !== null) {
    await emit(fromLoose(loose), { line: loose.line, value: loose.messages, chars: loose.chars });
  }
}

const fromLoose = (loose: Loose): Conversation | null => {
  const first = loose.messages[0] ?? {};
  return readConversation({
    messages: loose.messages,
    ...(loose.session === null ? {} : { session_id: loose.session }),
    ...("timestamp" in first ? { timestamp: first["timestamp"] ?? null } : {}),
  });
};

/** Equal lines are different conversations: the second of them is told from the first by its number. */
function createEmitter(source: Source, output: Output) {
  const seen = new Map<string, number>();
  let index = 0;
  return async (conversation: Conversation | null, record: JsonRecord): Promise<void> => {
    if (conversation === null) return output.skip("no chat messages", record.line);
    const digest = createHash("sha256").update(JSON.stringify(record.value)).digest("base64url").slice(0, 22);
    const repeat = seen.get(digest) ?? 0;
    seen.set(digest, repeat + 1);
    const { traceId: named } = conversation;
    const traceId = named === null ? traceIdOf("chat", digest, String(repeat)) : traceIdFrom("trace", named);
    const startUs = conversation.startUs ?? source.modifiedUs + index * 1_000_000;
    index++;
    const { spans, media, findings } = conversationSpans(conversation, traceId, startUs);
    if (findings.length > 0) output.skip("messages of an unknown form", record.line, findings.length);
    await output.emit({ spans, media }, record.chars);
  };
}
