import { randomBytes } from "node:crypto";
import { asAppError } from "../arguments.ts";
import type { Answer } from "../model/answer.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { untrusted } from "../privacy/present.ts";
import type { Tool } from "../tool.ts";
import { type App, type Call, contextFor } from "./app.ts";

/** What a call ends in: an answer, or an error that its reader can act on. */
export type CallResult =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly message: string };

/** The envelope that every door shows: own fields first, then what came from outside, then what is missing. */
export function renderAnswer(answer: Answer): JsonObject {
  const page = answer.page && withoutNulls({ ...answer.page });
  return {
    ...answer.data,
    ...(answer.untrusted ? { untrusted: untrusted(answer.untrusted, {}) } : {}),
    ...(page ? { page } : {}),
    ...(answer.omitted?.length ? { omitted: answer.omitted.map((omission) => ({ ...omission })) } : {}),
    ...(answer.next?.length ? { next: answer.next.slice(0, 3).map((call) => ({ ...call })) } : {}),
  };
}

const withoutNulls = (value: { readonly [key: string]: Json }): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([, v]) => v !== null));

/**
 * Runs one tool. Errors that the caller can mend come back as `code: what was wrong. what to do`; all others as
 * `internal` with a reference into the log, which holds the cause.
 */
export async function callTool(app: App, tool: Tool, arguments_: unknown, call: Call): Promise<CallResult> {
  try {
    const parsed = tool.parse(arguments_);
    const answer = await parsed.run(await contextFor(app, parsed.project, call));
    return { ok: true, value: renderAnswer(answer) };
  } catch (thrown) {
    const error = asAppError(thrown);
    if (error.code !== "internal") return { ok: false, message: error.describe() };
    const reference = randomBytes(4).toString("hex");
    app.log.error({ reference, tool: tool.name, err: error.cause ?? error }, "a tool failed");
    return {
      ok: false,
      message: `internal: A defect of Evalwright stopped ${tool.name}. Its log has the cause under ${reference}; trying again may help.`,
    };
  }
}
