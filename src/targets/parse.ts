import type { z } from "zod";
import { AppError, invalidInput } from "../errors.ts";
import { isJsonObject } from "../model/json.ts";
import { TARGET_FIELDS, TargetSpec } from "../model/target.ts";
import { nearMatch } from "../near-match.ts";

const KINDS = Object.keys(TARGET_FIELDS).join(", ");

const isKind = (kind: unknown): kind is TargetSpec["kind"] =>
  typeof kind === "string" && Object.hasOwn(TARGET_FIELDS, kind);

const quoted = (text: string) => JSON.stringify(text.slice(0, 40));

function describeIssue(issue: z.core.$ZodIssue, fields: readonly string[]): string {
  const path = issue.path.map(String).join(".");
  if (issue.code !== "unrecognized_keys") return path ? `"${path}": ${issue.message}` : issue.message;
  const near = issue.path.length === 0 ? nearMatch(issue.keys[0] ?? "", fields) : undefined;
  const keys = issue.keys.slice(0, 5).map(quoted).join(", ");
  return `unknown field ${keys}${path ? ` in "${path}"` : ""}${near ? ` (did you mean "${near}"?)` : ""}`;
}

/**
 * A target's specification, from the text of its file: JSON or YAML, whatever the file is called.
 * @param what how errors call the file.
 * @throws AppError `invalid_input` that names each wrong field and lists those that its kind takes.
 */
export async function parseTarget(text: string, what = "The target file"): Promise<TargetSpec> {
  const value = await parseText(text, what);
  if (!isJsonObject(value)) throw invalidInput(`${what} holds no fields`, `It begins with "kind": ${KINDS}.`);
  const kind = value["kind"];
  if (!isKind(kind)) {
    throw invalidInput(
      kind === undefined ? `${what} has no "kind"` : `${what} has an unknown "kind"`,
      `Allowed: ${KINDS}.`,
    );
  }
  const parsed = TargetSpec.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 3).map((issue) => describeIssue(issue, TARGET_FIELDS[kind]));
  throw invalidInput(
    `${what} is not valid: ${problems.join("; ")}`,
    `A target of kind ${kind} takes: ${TARGET_FIELDS[kind].join(", ")}.`,
  );
}

async function parseText(text: string, what: string): Promise<unknown> {
  if (/^\s*\{/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      // A YAML flow mapping begins with a brace too.
    }
  }
  const { parse, YAMLParseError } = await import("yaml");
  try {
    return parse(text, { logLevel: "error" });
  } catch (cause) {
    const at = cause instanceof YAMLParseError ? cause.linePos?.[0] : undefined;
    throw new AppError("invalid_input", `${what} is neither JSON nor YAML${at ? ` (line ${at.line})` : ""}`, {
      hint: "Mend the file; YAML is indented with spaces.",
      cause,
    });
  }
}
