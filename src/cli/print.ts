import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";

const isTable = (value: Json): value is { columns: string[]; rows: Json[][] } =>
  isJsonObject(value) && Array.isArray(value["columns"]) && Array.isArray(value["rows"]);

const cell = (value: Json): string =>
  value === null ? "" : typeof value === "string" ? value.replaceAll(/\s+/g, " ") : JSON.stringify(value);

/** Columns as wide as their widest cell, at most 60; the last one is cut at the terminal's edge. */
function printTable(columns: readonly string[], rows: readonly (readonly Json[])[]): void {
  const lines = [columns, ...rows.map((row) => row.map(cell))];
  const widths = columns.map((_, i) =>
    Math.min(60, Math.max(...lines.map((line) => (line[i] ?? "").length))),
  );
  const edge = process.stdout.columns ?? 200;
  for (const line of lines) {
    const text = line.map((value, i) => value.slice(0, 60).padEnd(widths[i] ?? 0)).join("  ");
    console.log(text.trimEnd().slice(0, edge));
  }
}

function printValue(key: string, value: Json): void {
  if (isTable(value)) {
    console.log(`\n${key}`);
    printTable(value.columns, value.rows);
  } else if (typeof value === "string" && value.includes("\n")) console.log(`\n${value}`);
  else if (
    isJsonObject(value) &&
    Object.values(value).some((v) => isTable(v) || (typeof v === "string" && v.includes("\n")))
  ) {
    for (const [name, inner] of Object.entries(value)) printValue(name, inner);
  } else console.log(`${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
}

/** A tool's answer for a person at a terminal: texts as text, tables as tables, the rest as one line each. */
export function printAnswer(answer: JsonObject): void {
  const { untrusted, ...own } = answer;
  for (const [key, value] of Object.entries(own))
    if (!["page", "omitted", "next"].includes(key)) printValue(key, value);
  if (isJsonObject(untrusted)) {
    const { nonce: _, ...rest } = untrusted;
    if (isTable(rest)) printTable(rest.columns, rest.rows);
    else for (const [key, value] of Object.entries(rest)) printValue(key, value);
  }
  for (const key of ["page", "omitted", "next"]) {
    const value = own[key];
    if (value !== undefined) console.log(`${key}: ${JSON.stringify(value)}`);
  }
}
