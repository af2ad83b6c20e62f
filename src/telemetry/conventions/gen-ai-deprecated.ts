import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Message, Role } from "../../model/message.ts";
import { firstValue, own, parseContainer } from "./messages/fields.ts";
import { roleOfEvent } from "./messages/role.ts";
import type { Reader } from "./reader.ts";

/**
 * `gen_ai.prompt.N.role`, `.content`, `.tool_calls.K.name`, ... (OpenLLMetry, Koog), or the whole list as the JSON of
 * the attribute without a number (LangSmith).
 */
export function indexedMessages(r: Reader, prefix: string, role: Role): Message[] | undefined {
  const whole = r.value(prefix);
  if (whole !== undefined) return r.messages(role, prefix);
  const group = r.group(prefix);
  const list = Array.isArray(group) ? group : numbered(group);
  return list && r.tryMessages(list.map(expand), role);
}

/** Prompt names share the prefix (`gen_ai.prompt.name`), so that not every key is a number. */
function numbered(group: Json | undefined): Json[] | undefined {
  if (!isJsonObject(group)) return undefined;
  const keys = Object.keys(group).filter((key) => /^\d{1,9}$/.test(key));
  return keys.length > 0
    ? keys.sort((a, b) => Number(a) - Number(b)).map((key) => group[key] ?? null)
    : undefined;
}

/** Content that is the JSON of content blocks, or of tool calls (Koog writes these under any role). */
function expand(item: Json): Json {
  if (!isJsonObject(item)) return item;
  const content = own(item, "content");
  const blocks =
    typeof content === "string" && content.startsWith("[{") ? parseContainer(content) : undefined;
  if (!Array.isArray(blocks) || !blocks.every(isJsonObject)) return item;
  if (blocks.every((block) => isJsonObject(own(block, "function")))) {
    return { ...item, role: "assistant", content: null, tool_calls: blocks };
  }
  return blocks.every((block) =>
    /^(text|image|image_url|tool_use|tool_result|input_text|input_image)$/.test(String(own(block, "type"))),
  )
    ? { ...item, content: blocks }
    : item;
}

/** Span events `gen_ai.{system,user,assistant,tool}.message` and `gen_ai.choice`, and the older `gen_ai.content.*`. */
export function eventMessages(r: Reader, role: Role): Message[] | undefined {
  const answers = role === "assistant";
  const list: JsonObject[] = [];
  for (const event of r.raw.events) {
    if (!event.name.startsWith("gen_ai.")) continue;
    if (event.name === (answers ? "gen_ai.content.completion" : "gen_ai.content.prompt")) {
      const content = firstValue(event.attributes, answers ? "gen_ai.completion" : "gen_ai.prompt");
      const messages = content === undefined ? undefined : r.over({ content }).messages(role, "content");
      if (messages) return messages;
    }
    const eventRole = roleOfEvent(event.name);
    if (eventRole !== undefined && (event.name === "gen_ai.choice") === answers)
      list.push(eventBody(event.attributes, eventRole));
  }
  return list.length > 0 ? r.tryMessages(list, role) : undefined;
}

const JSON_KEYS = /^(message|tool_calls|content|gen_ai\.event\.content)$/;

function eventBody(attributes: JsonObject, role: Role): JsonObject {
  const body: JsonObject = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "__proto__") continue;
    body[key] = typeof value === "string" && JSON_KEYS.test(key) ? parsed(key, value) : value;
  }
  const whole = own(body, "gen_ai.event.content");
  const event = isJsonObject(whole) ? whole : body;
  const message = own(event, "message");
  // Strands writes an answer's content where its message should be.
  const content = typeof message === "string" || Array.isArray(message) ? { content: message } : {};
  const id = role === "tool" && own(event, "tool_call_id") === undefined ? own(event, "id") : undefined;
  return { role, ...(id === undefined ? {} : { tool_call_id: id }), ...event, ...content };
}

/** Blocks of Anthropic, OpenAI and Bedrock; a tool's content that is other JSON stays the text that it was. */
const BLOCKS = /^\[\s*\{\s*"(type|text|toolUse|toolResult|image|document|reasoningContent)"/;

const parsed = (key: string, value: string): Json =>
  key === "content" && !BLOCKS.test(value.slice(0, 60)) ? value : (parseContainer(value) ?? value);

/** What a tool got and gave, which Strands says by events of the tool's own span. */
export function toolEvent(r: Reader, name: string, key: string): Json | undefined {
  if (r.text("gen_ai.tool.name") === undefined) return undefined;
  const event = r.raw.events.findLast((candidate) => candidate.name === name);
  const value = event && own(event.attributes, key);
  return value === undefined ? undefined : r.over({ value }).json("value");
}
