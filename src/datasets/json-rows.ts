import { invalidInput } from "../errors.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import { splitDocument } from "../telemetry/importers/json-document.ts";
import { type JsonText, splitLines } from "../telemetry/importers/json-lines.ts";
import type { FileRow } from "./file-row.ts";

const MAX_ROW_BYTES = 16 << 20;
/** A document up to this size is parsed whole: what is broken in it is then sure to be found. */
const MAX_WHOLE_BYTES = 64 << 20;
const LISTS = ["examples", "data", "records", "rows", "tests"];

type Open = () => AsyncIterable<Buffer>;

async function* rowsOf(texts: AsyncIterable<JsonText>): AsyncGenerator<FileRow> {
  for await (const { line: at, text } of texts) {
    if (text === null) yield { at, unit: "line", problem: "longer than 16 MB" };
    else {
      try {
        const value: Json = JSON.parse(text);
        yield { at, unit: "line", value };
      } catch {
        yield { at, unit: "line", problem: "not valid JSON" };
      }
    }
  }
}

/** The list itself, or the one list inside the object (`examples`, `data`, ...), or the object as the only row. */
function itemsOf(document: Json): readonly Json[] {
  if (Array.isArray(document)) return document;
  if (!isJsonObject(document)) return [];
  const list = "inputs" in document ? undefined : LISTS.map((key) => document[key]).find(Array.isArray);
  return list ?? [document];
}

function parseDocument(text: string): Json {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const position = cause instanceof Error ? /position (\d+)/.exec(cause.message)?.[1] : undefined;
    const before = text.slice(0, position === undefined ? text.length : Number(position));
    throw invalidInput(
      `The dataset file is not valid JSON: what is wrong stands at or before line ${before.split("\n").length}`,
      "Give CSV, a JSON list, or one JSON object a line.",
    );
  }
}

async function* documentRows(open: Open, bytes: number): AsyncGenerator<FileRow> {
  if (bytes > MAX_WHOLE_BYTES) {
    yield* rowsOf(splitDocument(open(), MAX_ROW_BYTES));
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of open()) chunks.push(chunk);
  const items = itemsOf(
    parseDocument(
      Buffer.concat(chunks)
        .toString("utf8")
        .replace(/^\uFEFF/, ""),
    ),
  );
  for (const [i, value] of items.entries()) yield { at: i + 1, unit: "item", value };
}

function isWhole(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Told by the first two lines; a first row that is broken or very long is still a row among rows. */
async function areLines(open: Open): Promise<boolean> {
  const first: JsonText[] = [];
  for await (const line of splitLines(open(), MAX_ROW_BYTES)) if (first.push(line) === 2) break;
  const [one, two] = first;
  if (one === undefined || two === undefined) return false;
  if (one.text === null) return true;
  if (!one.text.trimStart().startsWith("{")) return false;
  return isWhole(one.text) || (two.text?.startsWith("{") === true && !/[[{,:]\s*$/.test(one.text));
}

/** Rows of one JSON value a line. */
export const jsonLines = (open: Open): AsyncGenerator<FileRow> => rowsOf(splitLines(open(), MAX_ROW_BYTES));

/**
 * Rows of a JSON document or of one JSON value a line; which of them is seen from its first two lines.
 * @param bytes the size of the file
 * @throws AppError `invalid_input` for a document up to 64 MB that is not valid JSON.
 */
export async function* jsonRows(open: Open, bytes: number): AsyncGenerator<FileRow> {
  if (await areLines(open)) yield* jsonLines(open);
  else yield* documentRows(open, bytes);
}
