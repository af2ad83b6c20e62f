import { z } from "zod";
import { AppError, invalidInput } from "./errors.ts";

const nearest = (name: string, known: readonly string[]): string | undefined => {
  const lower = name.toLowerCase().replaceAll(/[_-]/g, "");
  return known.find(
    (k) =>
      k.toLowerCase() === lower || k.toLowerCase().startsWith(lower) || lower.startsWith(k.toLowerCase()),
  );
};

/** zod's names of types, in words that need no zod. */
const TYPES: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  null: "null",
  number: "a number",
  object: "an object",
  record: "an object",
  string: "text",
};

/** `"prompts" must be an object, not a list`; undefined for what is no simple matter of types. */
function typeWords(path: string, message: string): string | undefined {
  const [, expected = "", received = ""] =
    /^Invalid input: expected (\w+), received (\w+)$/.exec(message) ?? [];
  const [wanted, given] = [TYPES[expected], TYPES[received]];
  return wanted === undefined || given === undefined
    ? undefined
    : `"${path}" must be ${wanted}, not ${given}`;
}

/** What the schema says of the arguments that are wrong. */
function described(schema: z.ZodType, issues: readonly z.core.$ZodIssue[]): string {
  if (!(schema instanceof z.ZodObject)) return "";
  const names = new Set(
    issues.flatMap(({ code, path: [name] }) => (code === "invalid_type" && name ? [String(name)] : [])),
  );
  return [...names]
    .flatMap((name) => {
      const field = schema.shape[name];
      return field instanceof z.ZodType && field.description ? [`${name}: ${field.description} `] : [];
    })
    .join("");
}

function describeIssue(issue: z.core.$ZodIssue, known: readonly string[]): string {
  const path = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.map((key) => `"${key.slice(0, 40)}"`).join(", ");
    const close =
      issue.path.length === 0 ? issue.keys.map((key) => nearest(key, known)).find(Boolean) : undefined;
    return `unknown argument ${keys}${path ? ` in ${path}` : ""}${close ? ` (did you mean "${close}"?)` : ""}`;
  }
  if (
    path &&
    issue.code === "invalid_type" &&
    issue.input === undefined &&
    issue.message.endsWith("received undefined")
  )
    return `"${path}" is missing (${issue.expected})`;
  return path ? (typeWords(path, issue.message) ?? `"${path}": ${issue.message}`) : issue.message;
}

/**
 * Arguments checked against a tool's or request's schema.
 * @throws AppError `invalid_input` that names each wrong argument and lists those that exist.
 */
export function parseArguments<T>(
  schema: z.ZodType<T>,
  shape: readonly string[],
  arguments_: unknown,
  what: string,
): T {
  const parsed = schema.safeParse(arguments_ ?? {});
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 3);
  const problems = issues.map((issue) => describeIssue(issue, shape));
  throw invalidInput(
    problems.join("; "),
    `${described(schema, issues)}${what} takes: ${shape.join(", ") || "no arguments"}.`,
  );
}

export const asAppError = (error: unknown): AppError =>
  error instanceof AppError ? error : new AppError("internal", "An unexpected error", { cause: error });
