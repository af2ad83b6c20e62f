import type { ExampleContent } from "../model/example.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { Message } from "../model/message.ts";

/** Fields under which programs put the one thing that is asked. */
const ASKED = ["message", "question", "query", "input", "prompt", "text", "request", "goal"];

/** The text of a message, its parts joined. */
export const messageText = (message: Message): string =>
  message.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");

/** What inputs ask, where they hold one text that says it; else null. */
export function askedText(inputs: Json): string | null {
  if (typeof inputs === "string") return inputs;
  if (!isJsonObject(inputs)) return null;
  for (const key of ASKED) {
    const value = inputs[key];
    if (typeof value === "string" && value.trim() !== "") return value;
  }
  const { messages } = inputs;
  if (!Array.isArray(messages)) return null;
  const first = messages.find((message) => isJsonObject(message) && message["role"] === "user");
  return isJsonObject(first) && typeof first["content"] === "string" ? first["content"] : null;
}

/** The first thing that the user says in an example, where it is known as text. */
export function firstUserText(example: Pick<ExampleContent, "inputs" | "messages" | "turns">): string | null {
  const said = example.messages.find(({ role }) => role === "user");
  return (said && messageText(said)) ?? askedText(example.inputs) ?? example.turns[0] ?? null;
}

/** Texts that differ only in case, white space or Unicode form are the same question. */
export const sameQuestion = (a: string, b: string): boolean => normalized(a) === normalized(b);

const normalized = (text: string): string =>
  text.normalize("NFKC").toLowerCase().replaceAll(/\s+/g, " ").trim();
