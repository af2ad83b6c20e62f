import { z } from "zod";
import { expandText } from "../compress.ts";

const Call = z.object({
  id: z.string().nullish(),
  name: z.string().nullish(),
  arguments: z.unknown().optional(),
});
const Part = z.looseObject({
  type: z.string(),
  text: z.unknown().optional(),
  result: z.unknown().optional(),
});
const Message = z.looseObject({ parts: z.array(z.unknown()) });

/** The functions of the views, with a memory of the last value: columns of one row ask for the same. */
export function createContentFunctions() {
  let lastId: unknown;
  let lastText: string | null = null;
  let lastMessage: Fields | undefined;

  const textOf = (id: unknown, data: unknown, deflated: unknown): string | null => {
    if (id === lastId) return lastText;
    lastId = id;
    lastMessage = undefined;
    lastText = data instanceof Uint8Array ? expand(data, Number(deflated)) : null;
    return lastText;
  };
  return {
    /** The row ids of one query mean other contents in the next. */
    forget(): void {
      lastId = undefined;
      lastText = null;
      lastMessage = undefined;
    },
    text(id: unknown, data: unknown, deflated: unknown): string | null {
      const json = textOf(id, data, deflated);
      return json?.startsWith('"') ? plain(parseJson(json)) : json;
    },
    message(id: unknown, data: unknown, deflated: unknown, field: unknown): string | null {
      const json = textOf(id, data, deflated);
      if (json === null) return null;
      lastMessage ??= fieldsOf(parseJson(json));
      return lastMessage[String(field)] ?? null;
    },
  };
}

const DAMAGED = "[damaged content]";

/** One damaged row must not cost the query. */
function expand(data: Uint8Array, deflated: number): string {
  try {
    return expandText(data, deflated);
  } catch {
    return DAMAGED;
  }
}

type Fields = Readonly<Record<string, string | null>>;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const plain = (value: unknown): string | null =>
  value === undefined || value === null ? null : typeof value === "string" ? value : JSON.stringify(value);

function fieldsOf(value: unknown): Fields {
  const message = Message.safeParse(value);
  if (!message.success) return { text: plain(value) };
  const parts = message.data.parts.flatMap((part) => Part.safeParse(part).data ?? []);
  const calls = parts
    .filter((part) => part.type === "tool_call")
    .flatMap((part) => Call.safeParse(part).data ?? []);
  const texts = parts.flatMap((part) =>
    part.type === "text" || part.type === "compaction"
      ? [plain(part.text)]
      : part.type === "tool_result"
        ? [plain(part.result)]
        : [],
  );
  const results = parts
    .filter((part) => part.type === "tool_result")
    .flatMap((part) => Call.safeParse(part).data ?? []);
  const first = calls[0] ?? results[0];
  return {
    text: texts.length === 0 ? null : texts.filter((text) => text !== null).join("\n"),
    tool_name: first?.name ?? null,
    tool_call_id: first?.id ?? null,
    tool_arguments: calls[0] ? plain(calls[0].arguments) : null,
    tool_calls: calls.length === 0 ? null : JSON.stringify(calls),
  };
}
