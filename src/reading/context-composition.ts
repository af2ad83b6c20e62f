import type { Json } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { Role } from "../model/message.ts";
import type { ContentId, ContentRef, SpanOutline, TraceStore } from "../store/store.ts";
import { contentsOf } from "./store-pages.ts";

/** What filled the context of one model call, in characters of its JSON. */
export interface Composition {
  readonly system: number;
  readonly tools: number;
  /** Tool results and retrieved documents. */
  readonly results: number;
  /** What was said before the present input. */
  readonly history: number;
  /** The user's messages after the last answer. */
  readonly input: number;
}

type Roles = ReadonlyMap<ContentId, Role>;

/** Characters that one token is taken to cover in ordinary text and JSON: an estimate, shown as one. */
export const CHARS_PER_TOKEN = 4;

/**
 * Splits a model call's context by what it is. `sizes` gives the role of each message of the outline; a message
 * that it does not know counts as history. Characters are those of the stored JSON.
 */
export function contextComposition(
  outline: Pick<SpanOutline, "system" | "inputMessages" | "input" | "toolDefinitions" | "documents">,
  sizes: Roles,
): Composition {
  const roleOf = (ref: ContentRef) => sizes.get(ref.id) ?? "assistant";
  const messages = outline.inputMessages;
  const present = messages.findLastIndex((ref) => roleOf(ref) === "assistant") + 1;
  let system = outline.system?.chars ?? 0;
  let results = outline.documents?.chars ?? 0;
  let history = 0;
  let input = messages.length === 0 ? (outline.input?.chars ?? 0) : 0;
  messages.forEach((ref, index) => {
    const role = roleOf(ref);
    if (role === "system") system += ref.chars;
    else if (role === "tool") results += ref.chars;
    else if (role === "user" && index >= present) input += ref.chars;
    else history += ref.chars;
  });
  return { system, tools: outline.toolDefinitions?.chars ?? 0, results, history, input };
}

/** Role of a stored message; one that carries a tool's result counts as a tool's, whoever sends it. */
function roleIn(value: Json): Role {
  if (!isJsonObject(value)) return "user";
  const parts = Array.isArray(value["parts"]) ? value["parts"] : [];
  if (parts.some((part) => isJsonObject(part) && part["type"] === "tool_result")) return "tool";
  return Role.safeParse(value["role"]).data ?? "user";
}

/** Characters of history that one read looks at for roles. */
const MAX_CHARS = 20_000_000;

/** Reads roles of messages as calls come, each distinct message once, up to a limit; then `null`. */
export function createRoleReader(store: TraceStore, projectId: string) {
  const roles = new Map<ContentId, Role>();
  let chars = 0;
  return async (spans: readonly SpanOutline[]): Promise<Roles | null> => {
    const wanted = new Map<ContentId, ContentRef>();
    for (const span of spans)
      for (const ref of span.inputMessages) if (!roles.has(ref.id)) wanted.set(ref.id, ref);
    for (const ref of wanted.values()) chars += ref.chars;
    if (chars > MAX_CHARS) return null;
    for await (const contents of contentsOf(store, projectId, wanted.values()))
      for (const [id, value] of contents) roles.set(id, roleIn(value));
    return roles;
  };
}
