import type { JsonObject } from "../model/json.ts";
import type { Part } from "../model/message.ts";
import type { LlmRequest } from "./llm.ts";

export interface WireMessages {
  readonly messages: readonly JsonObject[];
  /** Kinds of parts that the API has no place for. */
  readonly ignored: readonly string[];
}

/** What the endpoint cannot be sent; the message is in our words. */
export class CannotSend extends Error {}

/**
 * Canonical messages as the chat-completions API takes them. Images go as data URLs; a part's own URL is never passed
 * on, since whoever wrote the trace would learn who reads it.
 * @throws CannotSend for media that the endpoint does not take or whose bytes are gone
 */
export async function toWire(request: LlmRequest, vision: boolean): Promise<WireMessages> {
  const ignored = new Set<string>();
  const messages: JsonObject[] = [];
  const ids = createCallIds();
  for (const message of request.messages) {
    for (const result of toolResults(message.parts, ids)) messages.push(result);
    if (message.parts.some((part) => part.type === "reasoning")) ignored.add("reasoning parts");
    const rest = message.parts.filter((part) => part.type !== "tool_result" && part.type !== "reasoning");
    if (rest.length === 0 && message.parts.length > 0) continue;
    const name = message.name?.match(/^[A-Za-z0-9_-]{1,64}$/)?.[0];
    if (message.name !== undefined && name === undefined) ignored.add("participants' names");
    const content = await contentOf(rest, request, vision);
    const calls = rest.flatMap((part) => (part.type === "tool_call" ? [toolCall(part, ids)] : []));
    messages.push({
      // A tool message without results is only text of somebody else.
      role: message.role === "tool" ? "user" : message.role,
      content: content === "" && calls.length > 0 ? null : content,
      ...(name === undefined ? {} : { name }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    });
  }
  return { messages, ignored: [...ignored] };
}

async function contentOf(
  parts: readonly Part[],
  request: LlmRequest,
  vision: boolean,
): Promise<string | JsonObject[]> {
  const content: JsonObject[] = [];
  for (const part of parts) {
    if (part.type === "text" || part.type === "compaction") content.push({ type: "text", text: part.text });
    else if (part.type === "media") content.push(await image(part, request, vision));
    else if (part.type === "other") throw new CannotSend("The request has a part of an unknown kind");
  }
  if (content.every((part) => part["type"] === "text"))
    return content.map((part) => String(part["text"])).join("\n\n");
  return content;
}

async function image(
  part: Extract<Part, { type: "media" }>,
  request: LlmRequest,
  vision: boolean,
): Promise<JsonObject> {
  if (part.modality !== "image")
    throw new CannotSend(`The request has ${part.modality}, and only images can be sent`);
  if (!vision)
    throw new CannotSend("The request has an image, and the endpoint is not marked with vision: true");
  if (part.uri?.startsWith("data:image/")) return { type: "image_url", image_url: { url: part.uri } };
  const data = part.ref ? await request.mediaOf?.(part.ref) : null;
  if (!part.ref || !data) throw new CannotSend("The request has an image whose bytes are not stored");
  const { mimeType } = part.ref;
  if (!/^image\/[a-z0-9.+-]{1,40}$/.test(mimeType))
    throw new CannotSend("The request has an image of no known type");
  return {
    type: "image_url",
    image_url: { url: `data:${mimeType};base64,${Buffer.from(data).toString("base64")}` },
  };
}

/** Ids for calls and results that came without: the n-th result belongs to the n-th call. */
function createCallIds(): { call(): string; result(): string } {
  let calls = 0;
  let results = 0;
  return {
    call() {
      calls += 1;
      return `call_${calls}`;
    },
    result() {
      results += 1;
      return `call_${results}`;
    },
  };
}

type CallIds = ReturnType<typeof createCallIds>;

const textOf = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value ?? null);

const toolCall = (part: Extract<Part, { type: "tool_call" }>, ids: CallIds): JsonObject => ({
  id: part.id ?? ids.call(),
  type: "function",
  function: { name: part.name, arguments: textOf(part.arguments) },
});

const toolResults = (parts: readonly Part[], ids: CallIds): JsonObject[] =>
  parts.flatMap((part) =>
    part.type === "tool_result"
      ? [{ role: "tool", tool_call_id: part.id ?? ids.result(), content: textOf(part.result) }]
      : [],
  );
