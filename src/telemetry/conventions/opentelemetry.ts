import type { JsonObject } from "../../model/json.ts";
import type { PromptRef } from "../../model/span.ts";
import type { RawSpan } from "../raw.ts";
import type { Convention } from "./fields.ts";
import { own } from "./messages/fields.ts";
import { promptRef } from "./prompt-ref.ts";
import type { Reader } from "./reader.ts";
import { addTag } from "./tags.ts";

const REVISION = [
  "vcs.ref.head.revision",
  "vcs.repository.ref.revision",
  "git.commit.sha",
  "git.commit.id",
  "git.sha",
] as const;

/** OpenTelemetry's general conventions, and our own attribute for prompts. Asked last, for every span. */
export const openTelemetry: Convention = {
  name: "opentelemetry",
  words: [],
  fields: {
    errorType: (r) => r.text("error.type") ?? exception(r, "exception.type"),
    statusMessage: (r) => exception(r, "exception.message") ?? r.text("error.message", "exception.message"),
    sessionId: (r) => r.text("session.id", "session_id", "conversation.id"),
    userId: (r) => r.text("user.id", "user.email", "user_id"),
    release: (r) => resourceText(r.raw, "service.version"),
    commit: (r) => r.text(...REVISION) ?? resourceText(r.raw, ...REVISION),
    prompts: (r) => ownPrompts(r),
    tags(r) {
      const tags = new Map<string, string>();
      addTag(
        tags,
        "environment",
        resourceText(r.raw, "deployment.environment.name", "deployment.environment"),
      );
      addTag(tags, "environment", r.text("deployment.environment.name", "deployment.environment"));
      return tags;
    },
  },
};

/** The first of the resource's keys that has a text. */
export function resourceText(raw: RawSpan, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = own(raw.resource, key);
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
}

function exception(r: Reader, key: string): string | undefined {
  const attributes: JsonObject | undefined = r.raw.events.findLast((e) => e.name === "exception")?.attributes;
  const value = attributes && own(attributes, key);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** `evalwright.prompt`: `name@version`, one or several. */
function ownPrompts(r: Reader): PromptRef[] | undefined {
  const named = r.list("evalwright.prompt")?.flatMap((name) => promptRef(name) ?? []);
  return named?.length ? named : undefined;
}
