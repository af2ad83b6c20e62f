import { createReadStream, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { parse as parseCsv } from "csv-parse";
import { invalidInput } from "../errors.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import { splitDocument } from "../telemetry/importers/json-document.ts";
import { type JsonText, splitLines } from "../telemetry/importers/json-lines.ts";
import type { Draft } from "./draft.ts";
import { draftFromRow, type RowOptions } from "./from-row.ts";

export const MAX_EXAMPLES = 50_000;
const MAX_ROW_BYTES = 16 << 20;

export interface FileRows {
  readonly drafts: readonly Draft[];
  /** Rows that gave no example, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
}

async function* csvRows(path: string): AsyncGenerator<Json> {
  const [header = ""] = (await firstBytes(path)).split(/\r?\n/, 1);
  const delimiter = ["\t", ";", ","].find((candidate) => header.includes(candidate)) ?? ",";
  const rows = createReadStream(path).pipe(
    parseCsv({
      bom: true,
      columns: true,
      delimiter,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      max_record_size: MAX_ROW_BYTES,
    }),
  );
  const failed: unknown[] = [];
  rows.on("skip", (error: unknown) => failed.push(error));
  for await (const row of rows) yield row;
  for (const _ of failed) yield null;
}

async function* jsonRows(texts: AsyncIterable<JsonText>): AsyncGenerator<Json> {
  for await (const { text } of texts) {
    if (text === null) yield null;
    else {
      try {
        yield JSON.parse(text);
      } catch {
        yield null;
      }
    }
  }
}

/** Rows of a JSON file: of the list, or of the one list inside the object (`examples`, `data`, `records`, `rows`). */
async function* documentRows(path: string): AsyncGenerator<Json> {
  const size = statSync(path).size;
  if (size <= 64 << 20) {
    const value: Json = JSON.parse(await readFile(path, "utf8"));
    const rows = Array.isArray(value)
      ? value
      : isJsonObject(value)
        ? (["examples", "data", "records", "rows", "tests"].map((key) => value[key]).find(Array.isArray) ?? [
            value,
          ])
        : [];
    yield* rows;
  } else yield* jsonRows(splitDocument(createReadStream(path), MAX_ROW_BYTES));
}

async function firstBytes(path: string): Promise<string> {
  for await (const chunk of createReadStream(path, { end: 65_535 })) return String(chunk).trimStart();
  return "";
}

async function rowsOf(path: string): Promise<AsyncIterable<Json>> {
  const first = await firstBytes(path);
  if ([".csv", ".tsv"].includes(extname(path).toLowerCase()) || !/^[[{]/.test(first)) return csvRows(path);
  if (first.startsWith("[")) return documentRows(path);
  const [line = ""] = first.split(/\r?\n/, 1);
  try {
    JSON.parse(line);
    const rest = first.slice(line.length).trim();
    return rest === "" ? documentRows(path) : jsonRows(splitLines(createReadStream(path), MAX_ROW_BYTES));
  } catch {
    return documentRows(path);
  }
}

/**
 * Examples of a CSV, JSON or JSONL file; the format is detected from its content.
 * @throws AppError `invalid_input` when the file is missing, not readable as one of them, holds no example, or more
 * than 50,000.
 */
export async function fromFile(path: string, options: RowOptions): Promise<FileRows> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile())
    throw invalidInput(
      "The dataset file does not exist or is no file",
      "Give the path of a CSV, JSON or JSONL file.",
    );
  const drafts: Draft[] = [];
  const skipped: Record<string, number> = {};
  const skip = (why: string): void => {
    skipped[why] = (skipped[why] ?? 0) + 1;
  };
  try {
    for await (const row of await rowsOf(path)) {
      const draft = isJsonObject(row) ? draftFromRow(row, options) : null;
      if (draft) drafts.push(draft);
      else skip(isJsonObject(row) ? "a row without inputs" : "not a row of fields");
      if (drafts.length > MAX_EXAMPLES)
        throw invalidInput(`The file has more than ${MAX_EXAMPLES} examples`, "Take a sample of it.");
    }
  } catch (cause) {
    if (cause instanceof SyntaxError)
      throw invalidInput(
        "The dataset file is not valid JSON",
        "Give CSV, a JSON list, or one JSON object a line.",
      );
    throw cause;
  }
  if (drafts.length === 0)
    throw invalidInput(
      "The dataset file holds no example",
      "Rows need inputs: a column named inputs, input, question, query, prompt or message, or inputColumns.",
    );
  return { drafts, skipped };
}
