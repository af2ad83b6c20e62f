import type { Message } from "../../model/message.ts";
import type { KnownContent } from "./encode-memory.ts";
import { type EncodeMemory, type KnownChain, type KnownMessages, rememberList } from "./encode-memory.ts";
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
 * A message list as a chain. With a `key` the beginning that an earlier list of the same key had is recognised: at
 * once where it consists of the very same objects, else by its chain. Only what is new is hashed and occurs.
 */
export function encodeMessages(
  messages: readonly Message[] | null,
  direction: "in" | "out",
  key: string | null,
  refs: RefEncoder,
  memory: EncodeMemory,
): EncodedList {
  if (!messages || messages.length === 0) return EMPTY;
  const entries = key === null ? undefined : memory.messageLists.get(key);
  let known = findSame(entries, messages);
  let contents: KnownContent[] = [];
  let occurrences: EncodedOccurrence[] = [];
  let chain = known?.chain ?? null;
  let whole = known?.whole ?? true;
  let chars = known?.chars ?? 0;
  for (let position = known?.messages.length ?? 0; position < messages.length; position++) {
    const message = messages[position];
    if (!message) continue;
    const json = messageJson(message);
    whole &&= json.whole;
    chars += json.text.length;
    const content = refs.content(
      json.text,
      message.role === "system" ? undefined : () => messageText(message),
    );
    const next = refs.extend(chain, content);
    chain = next;
    contents.push(content);
    occurrences.push({ content: content.ref, part: "message", role: message.role, direction, position });
    const seen = entries?.find((entry) => entry.chain.hash === next.hash);
    if (!seen) continue;
    known = seen;
    contents = [];
    occurrences = [];
  }
  if (key !== null && chain)
    memory.messageLists.set(key, rememberList(entries, { messages, chain, chars, whole }, known));
  return { chain, contents, occurrences, whole };
}

/** The longest remembered list of whose messages these begin. */
function findSame(
  entries: readonly KnownMessages[] | undefined,
  messages: readonly Message[],
): KnownMessages | undefined {
  let best: KnownMessages | undefined;
  for (const entry of entries ?? []) {
    if (best && entry.messages.length <= best.messages.length) continue;
    if (entry.messages.every((message, i) => message === messages[i])) best = entry;
  }
  return best;
}

/** A message too deep to be written keeps its role. */
function messageJson(message: Message): JsonText {
  const json = jsonText(message);
  if (json.whole) return json;
  const left: Message = { role: message.role, parts: [{ type: "text", text: TOO_DEEP }] };
  return { text: JSON.stringify(left), whole: false };
}
