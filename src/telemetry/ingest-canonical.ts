import type { Assessment } from "../model/assessment.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import type { Message, Part } from "../model/message.ts";
import type { RetrievedDocument, Span, SpanContent, SpanSource } from "../model/span.ts";
import type { Redactor } from "../privacy/ingest.ts";
import { addFound, type Found, withCredentialFinding } from "./ingest-findings.ts";

interface Clean {
  text(value: string): string;
  optional(value: string | null): string | null;
  json(value: Json): Json;
  object(value: JsonObject): JsonObject;
}

/** A canonical span without credentials; what was removed is a finding. Ids are left alone. */
export function redactSpan(span: Span, redactor: Redactor): Span {
  const found: Found = {};
  const clean = cleaner(redactor, found);
  const redacted: Span = {
    ...span,
    name: clean.text(span.name),
    statusMessage: clean.optional(span.statusMessage),
    tags: redactTexts(span.tags, clean),
    content: redactContent(span.content, clean),
    source: redactSource(span.source, clean),
  };
  return withCredentialFinding(redacted, found);
}

/** An assessment without credentials in what people and judges wrote. */
export function redactAssessment(item: Assessment, redactor: Redactor): Assessment {
  const clean = cleaner(redactor, {});
  return {
    ...item,
    value: typeof item.value === "string" ? clean.text(item.value) : item.value,
    rationale: clean.optional(item.rationale),
    quote: clean.optional(item.quote),
  };
}

export function redactTags(tags: Readonly<Record<string, string>>, redactor: Redactor) {
  const found: Found = {};
  return { tags: redactTexts(tags, cleaner(redactor, found)), found };
}

function cleaner(redactor: Redactor, found: Found): Clean {
  const text = (value: string): string => {
    const result = redactor.redactText(value);
    addFound(found, result.found);
    return result.text;
  };
  const json = (value: Json): Json => {
    if (value === null) return null;
    const result = redactor.redactJson(value);
    addFound(found, result.found);
    return result.value;
  };
  return {
    text,
    json,
    optional: (value) => (value === null ? null : text(value)),
    object: (value) => {
      const cleaned = json(value);
      return isJsonObject(cleaned) ? cleaned : {};
    },
  };
}

const redactTexts = (tags: Readonly<Record<string, string>>, clean: Clean): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, clean.text(value)]));

function redactContent(content: SpanContent, clean: Clean): SpanContent {
  return {
    system: content.system?.map((part) => redactPart(part, clean)) ?? null,
    inputMessages: content.inputMessages?.map((item) => redactMessage(item, clean)) ?? null,
    outputMessages: content.outputMessages?.map((item) => redactMessage(item, clean)) ?? null,
    input: clean.json(content.input),
    output: clean.json(content.output),
    toolDefinitions: clean.json(content.toolDefinitions),
    documents: content.documents?.map((item) => redactDocument(item, clean)) ?? null,
  };
}

const redactMessage = (message: Message, clean: Clean): Message => ({
  ...message,
  parts: message.parts.map((part) => redactPart(part, clean)),
});

function redactPart(part: Part, clean: Clean): Part {
  switch (part.type) {
    case "text":
    case "reasoning":
    case "compaction":
      return { ...part, text: clean.text(part.text) };
    case "tool_call":
      return { ...part, arguments: clean.json(part.arguments) };
    case "tool_result":
      return { ...part, result: clean.json(part.result) };
    case "media":
      return { ...part, uri: clean.optional(part.uri) };
    case "other":
      return { ...part, value: clean.json(part.value) };
  }
}

const redactDocument = (document: RetrievedDocument, clean: Clean): RetrievedDocument => ({
  ...document,
  content: clean.optional(document.content),
  ...(document.metadata === undefined ? {} : { metadata: clean.json(document.metadata) }),
});

const redactSource = (source: SpanSource, clean: Clean): SpanSource => ({
  ...source,
  attributes: clean.object(source.attributes),
  resource: clean.object(source.resource),
  events: source.events.map((event) => ({ ...event, attributes: clean.object(event.attributes) })),
});
