import type { Document } from "yaml";
import type { z } from "zod";
import { AppError, invalidInput } from "../errors.ts";
import { nearMatch } from "../near-match.ts";

/** What was read of a YAML or JSON text, and where in it things stand. */
export interface YamlText {
  /** How errors call it. */
  readonly what: string;
  readonly value: unknown;
  /** 1-based line of what stands at a path; of a field that is not there, of what it would stand in. */
  lineOf(path: readonly PropertyKey[]): number;
}

const MAX_ALIASES = 1_000;
const MAX_DEPTH = 200;
const SHOWN = 3;

/** How a value is unusable as data: a key that JavaScript keeps for itself, or nesting without end. */
function unusable(value: unknown, depth = 0): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (depth > MAX_DEPTH) return `is nested more than ${MAX_DEPTH} deep`;
  if (Object.hasOwn(value, "__proto__")) return 'has a key "__proto__", which cannot be kept';
  for (const inner of Object.values(value)) {
    const problem = unusable(inner, depth + 1);
    if (problem) return problem;
  }
  return undefined;
}

function valueOfDocument(document: Document.Parsed, what: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    if (!(cause instanceof ReferenceError || cause instanceof RangeError)) throw cause;
    throw new AppError("invalid_input", `${what} has an alias that names nothing, or grows without end`, {
      hint: "Write out what it stands for, or quote the text that begins with *.",
      cause,
    });
  }
}

/**
 * Reads YAML 1.2 (JSON is YAML too); a key twice is an error.
 * @param what how errors call the text, e.g. the path of its file.
 * @param merge whether `<<` merges, as YAML 1.1 has it.
 * @throws AppError `invalid_input` with the line.
 */
export async function parseYaml(text: string, what: string, merge = false): Promise<YamlText> {
  const { isMap, isNode, isScalar, LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ""), {
    lineCounter: lines,
    merge,
    stringKeys: true,
    logLevel: "silent",
  });
  const [error] = document.errors;
  if (error)
    throw new AppError(
      "invalid_input",
      `${what}, line ${error.linePos?.[0].line ?? 1}: not valid YAML (${error.code.toLowerCase().replaceAll("_", " ")})`,
      { hint: "Mend the file; YAML is indented with spaces.", cause: error },
    );
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let depth = path.length; depth >= 0; depth -= 1) {
      const node = document.getIn(path.slice(0, depth), true);
      if (!isNode(node) || !node.range) continue;
      // Of a field its name: the value of a block stands on the next line.
      const parent = depth > 0 ? document.getIn(path.slice(0, depth - 1), true) : undefined;
      const pair = isMap(parent)
        ? parent.items.find(({ key }) => isScalar(key) && key.value === path[depth - 1])
        : undefined;
      const at = isNode(pair?.key) && pair.key.range ? pair.key.range[0] : node.range[0];
      return lines.linePos(at).line;
    }
    return 1;
  };
  const value = valueOfDocument(document, what);
  const problem = unusable(value);
  if (problem) throw invalidInput(`${what} ${problem}`, "Give it another name or a flatter form.");
  return { what, value, lineOf };
}

/** `tests[3].inputs`. */
export const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, step) =>
      typeof step === "number"
        ? `${text}[${step}]`
        : `${text}${text === "" ? "" : "."}${String(step).slice(0, 60)}`,
    "",
  );

type FieldsAt = (path: readonly PropertyKey[]) => readonly string[] | undefined;

function problemOf(yaml: YamlText, issue: z.core.$ZodIssue, fieldsAt: FieldsAt): string {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const near = nearMatch(key, fieldsAt(path) ?? []);
    const named = JSON.stringify(key.slice(0, 60));
    return `line ${yaml.lineOf([...path, key])}: unknown field ${named}${path.length > 0 ? ` in ${pathText(path)}` : ""}${near ? ` (did you mean "${near}"?)` : ""}`;
  }
  const at = `line ${yaml.lineOf(path)}: ${pathText(path)}`;
  const isMissing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
  return isMissing ? `${at} is missing` : `${at} ${issue.message}`;
}

/**
 * What a schema refuses of a text, with lines: the first problems, and what is allowed where the first one is.
 * @param fieldsAt the fields that may stand at a path.
 */
export function schemaError(
  yaml: YamlText,
  issues: readonly z.core.$ZodIssue[],
  fieldsAt: FieldsAt,
): AppError {
  const problems = issues.slice(0, SHOWN).map((issue) => problemOf(yaml, issue, fieldsAt));
  const more = issues.length > SHOWN ? `; and ${issues.length - SHOWN} more` : "";
  const path = issues[0]?.path ?? [];
  const place = [path, path.slice(0, -1), path.slice(0, 2), []].find((one) => fieldsAt(one)) ?? [];
  const allowed = fieldsAt(place) ?? [];
  return invalidInput(
    `${yaml.what}, ${problems.join("; ")}${more}`,
    `${place.length === 0 ? "The file" : pathText(place)} takes: ${allowed.join(", ")}.`,
  );
}
