import type { ExampleContent } from "../model/example.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { parseMessages } from "../telemetry/conventions/messages/parse.ts";
import type { Draft } from "./draft.ts";
import { expectationName, expectationValue, isExpectationName } from "./expectations.ts";

export interface RowOptions {
  /** Columns that are inputs; default: those with a usual name, else all that are nothing else. */
  readonly inputColumns?: readonly string[] | undefined;
  /** Columns that are expectations besides those with a usual name. */
  readonly expectationColumns?: readonly string[] | undefined;
  readonly synthetic: boolean;
}

/** Fields of our own form; a row with `inputs` is read by these. */
const INPUTS = ["inputs", "input", "question", "query", "prompt", "message", "goal"];

const scalarText = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

const textMap = (value: Json | undefined): Record<string, string> =>
  isJsonObject(value ?? null)
    ? Object.fromEntries(Object.entries(value ?? {}).map(([key, inner]) => [key, scalarText(inner)]))
    : {};

/** A cell of a CSV file that holds JSON is that JSON. */
export function cellValue(value: Json): Json {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value; // text that merely begins like JSON
  }
}

function expectationsOf(row: JsonObject, marked: readonly string[]): ExampleContent["expectations"] {
  const expectations: Record<string, Json> = {};
  const put = (name: string, value: Json): void => {
    const known = expectationName(name);
    if (value !== null && value !== "") expectations[known] = expectationValue(known, cellValue(value));
  };
  for (const [key, value] of Object.entries(row)) {
    const dotted = /^expectations?\.(.+)$/.exec(key)?.[1];
    if (dotted) put(dotted, value);
    else if (marked.includes(key) || isExpectationName(key)) put(key, value);
  }
  const stated = cellValue(row["expectations"] ?? null);
  if (isJsonObject(stated)) for (const [key, value] of Object.entries(stated)) put(key, value);
  return expectations;
}

const KNOWN = new Set([
  "id",
  "group",
  "tags",
  "turns",
  "messages",
  "expectations",
  "split",
  "synthetic",
  "role",
  "recorded",
]);

function inputsOf(row: JsonObject, options: RowOptions): Json {
  const dotted = Object.entries(row).flatMap(([key, value]) => {
    const name = /^inputs?\.(.+)$/.exec(key)?.[1];
    return name ? [[name, cellValue(value)] as const] : [];
  });
  if (options.inputColumns) {
    const chosen = options.inputColumns.filter((name) => name in row);
    return Object.fromEntries(chosen.map((name) => [name, cellValue(row[name] ?? null)]));
  }
  if (dotted.length > 0) return Object.fromEntries(dotted);
  if (row["inputs"] !== undefined) return cellValue(row["inputs"]);
  const usual = Object.keys(row).filter((name) => INPUTS.includes(name.toLowerCase()));
  const marked = options.expectationColumns ?? [];
  const others = Object.keys(row).filter(
    (name) =>
      !KNOWN.has(name) &&
      !isExpectationName(name) &&
      !marked.includes(name) &&
      !/^(expectations?|tags)\./.test(name),
  );
  const names = usual.length > 0 ? usual : others;
  return Object.fromEntries(names.map((name) => [name, cellValue(row[name] ?? null)]));
}

const tagsOf = (row: JsonObject): Record<string, string> => ({
  ...textMap(row["tags"]),
  ...Object.fromEntries(
    Object.entries(row).flatMap(([key, value]) => {
      const name = /^tags\.(.+)$/.exec(key)?.[1];
      return name && value !== null && value !== "" ? [[name, scalarText(value)]] : [];
    }),
  ),
});

const isEmpty = (inputs: Json): boolean =>
  inputs === null ||
  inputs === "" ||
  (isJsonObject(inputs) && Object.values(inputs).every((value) => value === null || value === ""));

const textOrUndefined = (value: Json | undefined): string | undefined =>
  typeof value === "string" && value !== ""
    ? value.slice(0, 120)
    : typeof value === "number"
      ? String(value)
      : undefined;

/**
 * One row of a file or of an argument as an example: our own form (`inputs`, `expectations`, `turns`, ...), MLflow's
 * and the usual column names of others, `inputs.x` / `expectations.x` / `tags.x` columns.
 * @returns null when the row has no inputs, no messages and no turns.
 */
export function draftFromRow(row: JsonObject, options: RowOptions): Draft | null {
  const turns = cellValue(row["turns"] ?? null);
  const messages = parseMessages(cellValue(row["messages"] ?? null)) ?? [];
  const script = Array.isArray(turns) ? turns.map(scalarText) : [];
  const inputs = inputsOf(row, options);
  if (isEmpty(inputs) && messages.length === 0 && script.length === 0) return null;
  const synthetic = options.synthetic || row["synthetic"] === true || row["synthetic"] === "true";
  const role = row["role"];
  return {
    id: textOrUndefined(row["id"]),
    group: textOrUndefined(row["group"]),
    content: {
      inputs,
      messages,
      turns: script,
      expectations: expectationsOf(row, options.expectationColumns ?? []),
      recorded: cellValue(row["recorded"] ?? null),
      tags: tagsOf(row),
      role: role === "failing" || role === "passing" ? role : "unknown",
      origin: { kind: synthetic ? "synthetic" : "imported", traceId: null, sessionId: null, spanId: null },
    },
  };
}
