import type { JsonObject } from "../../../model/json.ts";
import type { Role } from "../../../model/message.ts";
import { firstList, firstText } from "./fields.ts";

/** How sources name the four roles, in lower case: OpenAI, Anthropic, Gemini, LangChain, AutoGen, BeeAI. */
const ROLES: ReadonlyMap<string, Role> = new Map<string, Role>([
  ["system", "system"],
  ["developer", "system"],
  ["systemmessage", "system"],
  ["systemmessagechunk", "system"],
  ["user", "user"],
  ["human", "user"],
  ["humanmessage", "user"],
  ["humanmessagechunk", "user"],
  ["assistant", "assistant"],
  ["model", "assistant"],
  ["ai", "assistant"],
  ["bot", "assistant"],
  ["chatbot", "assistant"],
  ["aimessage", "assistant"],
  ["aimessagechunk", "assistant"],
  ["tool", "tool"],
  ["function", "tool"],
  ["toolmessage", "tool"],
  ["toolmessagechunk", "tool"],
  ["functionmessage", "tool"],
]);

/** Events of the deprecated form are messages whose name says the role. */
const EVENT_ROLES: ReadonlyMap<string, Role> = new Map<string, Role>([
  ["gen_ai.system.message", "system"],
  ["gen_ai.user.message", "user"],
  ["gen_ai.assistant.message", "assistant"],
  ["gen_ai.tool.message", "tool"],
  ["gen_ai.choice", "assistant"],
]);

export const roleNamed = (name: string): Role | undefined => ROLES.get(name.toLowerCase());

export const roleOfEvent = (name: string): Role | undefined => EVENT_ROLES.get(name);

/** The role that an object states, if it is a message: `role`, LangChain's `type` or class id, or an event name. */
export function roleOf(message: JsonObject): Role | undefined {
  const role = firstText(message, "role");
  if (role !== undefined) return roleNamed(role) ?? (role.length <= 64 ? "user" : undefined);
  const event = firstText(message, "event.name");
  if (event !== undefined) return roleOfEvent(event);
  const type = firstText(message, "type");
  if (type === "constructor") {
    const className = firstList(message, "id")?.at(-1);
    return typeof className === "string" ? roleNamed(className) : undefined;
  }
  if (type !== undefined && "content" in message) return roleNamed(type);
  return undefined;
}
