import type { Message } from "../../model/message.ts";
import type { KnownContent } from "./encode-memory.ts";
import { type EncodeMemory, findBeginning, type KnownChain, rememberList } from "./encode-memory.ts";
import type { RefEncoder } from "./encode-refs.ts";
import { type JsonText, jsonText, TOO_DEEP } from "./json-text.ts";
import { messageText } from "./searchable-text.ts";
import type { EncodedOccurrence } from "./wire.ts";

export interface EncodedList {
  readonly chain: KnownChain | null;
  /** Contents from `from` on; those before it were seen in this scope already. */
  readonly contents: readonly KnownContent[];
  readonly occurrences: readonly EncodedOccurrence[];
  /** False when a message was nested too deeply to be written. */
  readonly whole: boolean;
}

const EMPTY: EncodedList = { chain: null, contents: [], occurrences: [], whole: true };

/**
 * A message list as a chain. With a `key` the beginning that an earlier list of the same key had is recognised by
 * comparing texts, and only what is new is hashed.
 */
export function encodeMessages(
  messages: readonly Message[] | null,
  direction: "in" | "out",
  key: string | null,
  refs: RefEncoder,
  memory: EncodeMemory,
): EncodedList {
  if (!messages || messages.length === 0) return EMPTY;
  const list = key === null ? null : listText(messages);
  const entries = key === null ? undefined : memory.messageLists.get(key);
  const known = list ? findBeginning(entries, list.text) : undefined;
  const contents: KnownContent[] = [];
  const occurrences: EncodedOccurrence[] = [];
  let chain = known?.chain ?? null;
  let whole = list?.whole ?? true;
  for (let position = known?.state ?? 0; position < messages.length; position++) {
    const message = messages[position];
    if (!message) continue;
    const json = messageJson(message);
    whole &&= json.whole;
    const content = refs.content(
      json.text,
      message.role === "system" ? undefined : () => messageText(message),
    );
    chain = refs.extend(chain, content);
    contents.push(content);
    occurrences.push({ content: content.ref, part: "message", role: message.role, direction, position });
  }
  if (key !== null && list && chain) {
    const added = { body: list.text.slice(0, -1), chain, state: messages.length };
    memory.messageLists.set(key, rememberList(entries, added, known));
  }
  return { chain, contents, occurrences, whole };
}

/** A message too deep to be written keeps its role. */
function messageJson(message: Message): JsonText {
  const json = jsonText(message);
  if (json.whole) return json;
  const left: Message = { role: message.role, parts: [{ type: "text", text: TOO_DEEP }] };
  return { text: JSON.stringify(left), whole: false };
}

function listText(messages: readonly Message[]): JsonText {
  const json = jsonText(messages);
  if (json.whole) return json;
  return { text: `[${messages.map((message) => messageJson(message).text).join(",")}]`, whole: false };
}
