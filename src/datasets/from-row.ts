import type { ExampleContent } from "../model/example.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { parseMessages } from "../telemetry/conventions/messages/parse.ts";
import { type ColumnOptions, useOfColumns } from "./columns.ts";
import type { Draft } from "./draft.ts";
import { expectationName, expectationValue } from "./expectations.ts";

export interface RowOptions extends ColumnOptions {
  readonly synthetic: boolean;
}

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

function expectationsOf(row: JsonObject, names: readonly string[]): ExampleContent["expectations"] {
  const expectations: Record<string, Json> = {};
  const put = (name: string, value: Json): void => {
    const known = expectationName(name);
    if (value !== null && value !== "") expectations[known] = expectationValue(known, cellValue(value));
  };
  for (const name of names) put(name.replace(/^expectations?\./, ""), row[name] ?? null);
  const stated = cellValue(row["expectations"] ?? null);
  if (isJsonObject(stated)) for (const [key, value] of Object.entries(stated)) put(key, value);
  return expectations;
}

function inputsOf(row: JsonObject, names: readonly string[], chosen: boolean): Json {
  const [only] = names;
  if (!chosen && names.length === 1 && only === "inputs") return cellValue(row[only] ?? null);
  const plain = (name: string): string => (chosen ? name : name.replace(/^inputs?\./, ""));
  return Object.fromEntries(names.map((name) => [plain(name), cellValue(row[name] ?? null)]));
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
  const use = useOfColumns(Object.keys(row), options);
  const inputs = inputsOf(row, use.inputs, options.inputColumns !== undefined);
  if (isEmpty(inputs) && messages.length === 0 && script.length === 0) return null;
  const synthetic = options.synthetic || row["synthetic"] === true || row["synthetic"] === "true";
  const role = row["role"];
  return {
    id: textOrUndefined(row["id"]),
    group: textOrUndefined(row[options.groupColumn ?? "group"]),
    content: {
      inputs,
      messages,
      turns: script,
      expectations: expectationsOf(row, use.expectations),
      recorded: cellValue(row["recorded"] ?? null),
      tags: tagsOf(row),
      role: role === "failing" || role === "passing" ? role : "unknown",
      origin: { kind: synthetic ? "synthetic" : "imported", traceId: null, sessionId: null, spanId: null },
    },
  };
}
