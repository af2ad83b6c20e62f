import type { SpanHead, SpanKind, Status, Usage } from "../../model/span.ts";
import type { RawSpan } from "../raw.ts";
import type { Ask, Convention } from "./fields.ts";
import type { Notes } from "./notes.ts";
import { resourceText } from "./opentelemetry.ts";
import type { Reader } from "./reader.ts";
import { addTag } from "./tags.ts";

const MAX_TEXT = 2_000;
const MAX_MESSAGE = 16_000;

type Named = Pick<
  SpanHead,
  "kind" | "name" | "service" | "scope" | "agentName" | "provider" | "model" | "toolName" | "toolCallId"
>;

/** What it is, and of whom. */
export function readNames(raw: RawSpan, ask: Ask, usage: Usage, notes: Notes): Named {
  const text = limited(notes);
  const toolName = text("toolName", ask("toolName"));
  const model = text("model", ask("model"));
  return {
    kind: ask("kind") ?? inferKind(toolName, model, usage.outputTokens),
    name: raw.name.slice(0, MAX_TEXT),
    service: text("service", resourceText(raw, "service.name")),
    scope: raw.scope.name === "" ? null : raw.scope.name.slice(0, MAX_TEXT),
    agentName: text("agentName", ask("agentName")),
    provider: text("provider", ask("provider")),
    model,
    toolName,
    toolCallId: text("toolCallId", ask("toolCallId")),
  };
}

function inferKind(toolName: string | null, model: string | null, outputTokens: number | null): SpanKind {
  if (toolName !== null) return "tool";
  return model !== null && outputTokens !== null ? "llm" : "other";
}

type Origin = Pick<SpanHead, "sessionId" | "userId" | "responseId" | "prompts" | "release" | "commit">;

/** Whose conversation it belongs to, and which versions of prompt and code it ran with. */
export function readOrigin(ask: Ask, notes: Notes): Origin {
  const text = limited(notes);
  return {
    sessionId: text("sessionId", ask("sessionId")),
    userId: text("userId", ask("userId")),
    responseId: text("responseId", ask("responseId")),
    prompts: (ask("prompts") ?? []).slice(0, 20),
    release: text("release", ask("release")),
    commit: text("commit", ask("commit")),
  };
}

type Outcome = Pick<SpanHead, "status" | "statusMessage" | "errorType">;

/** An exception that was recorded on a span that did not fail was handled: it makes no error. */
export function readOutcome(raw: RawSpan, ask: Ask, notes: Notes): Outcome {
  const text = limited(notes);
  const stated: Status = raw.statusCode === 2 ? "error" : raw.statusCode === 1 ? "ok" : "unset";
  const status = ask("status") ?? stated;
  const failed = status === "error";
  const message = raw.statusMessage || (failed ? ask("statusMessage") : undefined) || undefined;
  return {
    status,
    statusMessage: text("statusMessage", message, MAX_MESSAGE),
    errorType: failed ? text("errorType", ask("errorType")) : null,
  };
}

export function readTags(conventions: readonly Convention[], reader: Reader): Record<string, string> {
  const tags = new Map<string, string>();
  for (const convention of conventions) {
    const found = convention.fields.tags?.(reader);
    if (found && found.size > 0) for (const [name, value] of found) addTag(tags, name, value);
  }
  return Object.fromEntries(tags);
}

/** Small fields are cut to a small length; the source's attribute keeps the whole. */
const limited =
  (notes: Notes) =>
  (field: string, value: string | undefined, max = MAX_TEXT): string | null => {
    if (value === undefined) return null;
    if (value.length > max) notes.add("value_too_large", field);
    return value.slice(0, max);
  };
