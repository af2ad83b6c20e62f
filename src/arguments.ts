import type { z } from "zod";
import { AppError, invalidInput } from "./errors.ts";

const nearest = (name: string, known: readonly string[]): string | undefined => {
  const lower = name.toLowerCase().replaceAll(/[_-]/g, "");
  return known.find(
    (k) =>
      k.toLowerCase() === lower || k.toLowerCase().startsWith(lower) || lower.startsWith(k.toLowerCase()),
  );
};

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
  return path ? `"${path}": ${issue.message}` : issue.message;
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
  const problems = parsed.error.issues.slice(0, 3).map((issue) => describeIssue(issue, shape));
  throw invalidInput(problems.join("; "), `${what} takes: ${shape.join(", ") || "no arguments"}.`);
}

export const asAppError = (error: unknown): AppError =>
  error instanceof AppError ? error : new AppError("internal", "An unexpected error", { cause: error });
