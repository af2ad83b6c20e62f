import { extname } from "node:path";
import { AppError, invalidInput } from "../errors.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import { describeFailure, inspectPath, isFileFailure, readBytes } from "../telemetry/importers/open-file.ts";
import { type ColumnUse, checkColumns, useOfColumns } from "./columns.ts";
import { csvRows } from "./csv-rows.ts";
import type { Draft } from "./draft.ts";
import { type FileRow, textOnly } from "./file-row.ts";
import { draftFromRow, type RowOptions } from "./from-row.ts";
import { jsonLines, jsonRows } from "./json-rows.ts";

export const MAX_EXAMPLES = 200_000;
/** Rows told by their places, of each kind of problem. */
const TOLD = 10;
const MAX_COLUMNS = 1_000;

export interface FileRows {
  readonly drafts: readonly Draft[];
  /** Rows that gave no example, by reason, with the first places. */
  readonly skipped: readonly Json[];
  /** CSV rows with fewer fields than the header; their examples lack what is missing. */
  readonly short: Json;
  readonly columns: ColumnUse;
}

/** By the name's ending, where it has one of these; else the content decides. */
const FORMATS: Readonly<Record<string, "csv" | "json" | "lines">> = {
  ".csv": "csv",
  ".tsv": "csv",
  ".json": "json",
  ".jsonl": "lines",
  ".ndjson": "lines",
};

async function startOf(open: () => AsyncIterable<Buffer>): Promise<string> {
  for await (const chunk of open()) return chunk.toString("utf8", 0, 1 << 16).trimStart();
  return "";
}

interface Rows {
  /** Fields are cells of a table. */
  readonly cells: boolean;
  readonly rows: AsyncIterable<FileRow>;
}

async function rowsOf(path: string, bytes: number): Promise<Rows> {
  const { signal } = new AbortController();
  const open = () => textOnly(readBytes(path, signal));
  const start = await startOf(open);
  const ending = extname(path.replace(/\.gz$/i, "")).toLowerCase();
  const format = FORMATS[ending] ?? (/^[[{]/.test(start) ? "json" : "csv");
  if (format === "csv") return { cells: true, rows: csvRows(open(), start) };
  return { cells: false, rows: format === "lines" ? jsonLines(open) : jsonRows(open, bytes) };
}

/** Places of rows by what is wrong with them: `{why, count, lines}`, or `items` of a JSON list. */
function createTally() {
  const found = new Map<string, { count: number; unit: FileRow["unit"]; places: number[] }>();
  return {
    add(why: string, { at, unit }: FileRow): void {
      const entry = found.get(why) ?? { count: 0, unit, places: [] };
      entry.count += 1;
      if (entry.places.length < TOLD) entry.places.push(at);
      found.set(why, entry);
    },
    told: (): Json[] =>
      [...found].map(([why, { count, unit, places }]) => ({ why, count, [`${unit}s`]: places })),
  };
}

async function collect(rows: AsyncIterable<FileRow>, options: RowOptions): Promise<FileRows> {
  const drafts: Draft[] = [];
  const skipped = createTally();
  const short = createTally();
  const names = new Set<string>();
  for await (const row of rows) {
    const { value = null, problem } = row;
    if (problem !== undefined) skipped.add(problem, row);
    else if (!isJsonObject(value)) skipped.add("not a row of fields", row);
    else {
      for (const name of Object.keys(value)) if (names.size < MAX_COLUMNS) names.add(name);
      const draft = draftFromRow(value, options);
      if (typeof draft === "string") skipped.add(draft, row);
      else {
        drafts.push(draft);
        if (row.short) short.add("fewer fields than the header has columns", row);
      }
    }
    if (drafts.length > MAX_EXAMPLES)
      throw invalidInput(`The file has more than ${MAX_EXAMPLES} examples`, "Take a sample of it.");
  }
  if (names.size > 0) checkColumns(names, options);
  const columns = useOfColumns([...names], options);
  if (drafts.length === 0) throw nothingIn(skipped.told());
  return { drafts, skipped: skipped.told(), short: short.told()[0] ?? null, columns };
}

function nothingIn(skipped: readonly Json[]): AppError {
  const [first] = skipped;
  const why = first === undefined ? "" : `; what is wrong with its rows: ${JSON.stringify(first)}`;
  return invalidInput(
    `The dataset file holds no example${why}`,
    "Rows need inputs: a column named inputs, input, question, query, prompt or message, or inputColumns.",
  );
}

/**
 * Examples of a CSV, JSON or JSONL file, also packed by gzip; its name's ending or its content says which. Nothing of a file
 * that cannot be read to its end is taken.
 * @throws AppError `invalid_input` when the file is missing, not readable, no text in UTF-8, not one of these formats,
 * lacks a column that is named, holds no example, or more than 200,000.
 */
export async function fromFile(path: string, options: RowOptions): Promise<FileRows> {
  const found = await inspectPath(path);
  const problem =
    found.kind === "folder" ? "it is a folder" : found.kind === "problem" ? found.problem : null;
  if (problem !== null || found.kind !== "file") throw unreadable(problem ?? "");
  try {
    const { cells, rows } = await rowsOf(path, found.bytes);
    return await collect(rows, { ...options, cells });
  } catch (cause) {
    if (cause instanceof AppError || !isFileFailure(cause)) throw cause;
    throw unreadable(describeFailure(cause));
  }
}

const unreadable = (problem: string): AppError =>
  invalidInput(`The dataset file cannot be read: ${problem}`, "Give the path of a CSV, JSON or JSONL file.");
