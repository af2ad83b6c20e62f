import type { Json, JsonObject } from "../model/json.ts";
import type { Message, Part } from "../model/message.ts";
import type { ChatMessage } from "../model/target-run.ts";
import { parseMessages } from "../telemetry/conventions/messages/parse.ts";

/** The messages of a target in the form in which everything else reads them, whatever dialect it writes. */
export const canonicalMessages = (messages: readonly ChatMessage[]): Message[] =>
  parseMessages([...messages]) ?? [];

const textOf = (parts: readonly Part[]): string =>
  parts
    .flatMap((part) => (part.type === "text" || part.type === "compaction" ? [part.text] : []))
    .join("\n\n");

const jsonText = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

/**
 * Messages as targets get them: OpenAI's chat form, which every framework reads. Reasoning is left out: no model takes
 * another's. Media are named by hash or address, not sent.
 */
export function chatMessages(messages: readonly Message[]): ChatMessage[] {
  return messages.flatMap(({ role, parts, name }): ChatMessage[] => {
    const results = parts.flatMap((part): ChatMessage[] =>
      part.type === "tool_result"
        ? [{ role: "tool", tool_call_id: part.id ?? "", content: jsonText(part.result) }]
        : [],
    );
    const rest = parts.filter(({ type }) => type !== "tool_result" && type !== "reasoning");
    if (role === "tool" && results.length > 0) return results;
    const calls = rest.flatMap((part): JsonObject[] =>
      part.type === "tool_call"
        ? [
            {
              id: part.id ?? "",
              type: "function",
              function: { name: part.name, arguments: jsonText(part.arguments) },
            },
          ]
        : [],
    );
    const message: ChatMessage = {
      role,
      content: contentOf(rest, calls.length > 0),
      ...(name === undefined ? {} : { name }),
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
    };
    return rest.length === 0 && results.length > 0 ? results : [...results, message];
  });
}

function contentOf(parts: readonly Part[], hasCalls: boolean): Json {
  const media = parts.filter((part) => part.type === "media");
  const text = textOf(parts);
  if (media.length === 0) return text === "" && hasCalls ? null : text;
  return [
    ...(text === "" ? [] : [{ type: "text", text }]),
    ...media.map(({ modality, ref, uri }) => ({
      type: modality,
      uri: uri ?? null,
      hash: ref?.hash ?? null,
      mimeType: ref?.mimeType ?? null,
    })),
  ];
}

const isSame = (a: ChatMessage, b: ChatMessage): boolean =>
  a.role === b.role && JSON.stringify(a["content"] ?? null) === JSON.stringify(b["content"] ?? null);

/**
 * Of the messages that a target answered with, those that its run added: those after the last one that it was given,
 * or all of them where that is not among them.
 */
export function addedMessages(
  given: readonly ChatMessage[],
  answered: readonly ChatMessage[],
): ChatMessage[] {
  const last = given.at(-1);
  const at = last ? answered.findLastIndex((message) => isSame(message, last)) : -1;
  return answered.slice(at + 1);
}
