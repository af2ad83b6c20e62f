import type { Json } from "../model/json.ts";
import type { Message, Part } from "../model/message.ts";
import type { RetrievedDocument, Span, SpanEvent } from "../model/span.ts";
import { argumentsText, mediaLabel, valueText } from "./message-text.ts";
import { offset } from "./short.ts";

/** Fields of a span that can be read alone, in the order in which they are listed. */
export const SPAN_FIELDS = [
  "output",
  "input",
  "messages",
  "documents",
  "system",
  "tools",
  "events",
  "attributes",
] as const;
export type SpanField = (typeof SPAN_FIELDS)[number];

function partText(part: Part): string {
  if (part.type === "text") return part.text;
  if (part.type === "reasoning") return `[reasoning] ${part.text}`;
  if (part.type === "compaction") return `[compaction] ${part.text}`;
  if (part.type === "media") return mediaLabel(part);
  if (part.type === "tool_call")
    return `-> ${part.name}(${argumentsText(part.arguments)})${part.id ? ` #${part.id}` : ""}`;
  if (part.type === "tool_result")
    return `${part.isError ? "ERROR " : ""}${part.id ? `#${part.id} ` : ""}${valueText(part.result)}`;
  return `[${part.kind}] ${JSON.stringify(part.value)}`;
}

const messageText = (message: Message): string =>
  `${message.role}${message.name ? ` (${message.name})` : ""}: ${message.parts.map(partText).join("\n")}`;

const documentText = (document: RetrievedDocument, index: number): string => {
  const facts = [document.id, document.score === null ? null : `score ${document.score}`].filter(
    (fact) => fact !== null,
  );
  const metadata = document.metadata === undefined ? "" : ` ${JSON.stringify(document.metadata)}`;
  return `${index + 1}. ${facts.join(" ")}${metadata}\n${document.content ?? ""}`;
};

const eventText = (event: SpanEvent, originUs: number): string => {
  const attributes = Object.keys(event.attributes).length > 0 ? ` ${JSON.stringify(event.attributes)}` : "";
  return `${offset(event.timeUs, originUs)} ${event.name}${attributes}`;
};

const joined = (...texts: readonly (string | null)[]): string => texts.filter((text) => text).join("\n");

/** Every field of a span as text, in the order of `SPAN_FIELDS`; empty where the span has none. */
export function spanTexts(span: Span): ReadonlyMap<SpanField, string> {
  const { content, source } = span;
  const value = (json: Json): string => valueText(json);
  const attributes = {
    ...source.attributes,
    ...(Object.keys(source.resource).length > 0 && { resource: source.resource }),
  };
  const texts: Record<SpanField, string> = {
    output: joined((content.outputMessages ?? []).map(messageText).join("\n"), value(content.output)),
    input: value(content.input),
    messages: (content.inputMessages ?? []).map(messageText).join("\n"),
    documents: (content.documents ?? []).map(documentText).join("\n"),
    system: (content.system ?? []).map(partText).join("\n"),
    tools: value(content.toolDefinitions),
    events: source.events.map((event) => eventText(event, span.startUs)).join("\n"),
    attributes: Object.keys(attributes).length > 0 ? JSON.stringify(attributes) : "",
  };
  return new Map(SPAN_FIELDS.map((field) => [field, texts[field]]));
}
