import { invalidInput } from "../errors.ts";
import type { Json } from "../model/json.ts";

/** What stands at one place of a dataset file: a row, or why there is none. */
export interface FileRow {
  /** Lines count from 1 as an editor shows them, items of a JSON list from 1. */
  readonly at: number;
  readonly unit: "line" | "item";
  readonly value?: Json;
  readonly problem?: string;
  /** A CSV row with fewer fields than the header: the others count as empty. */
  readonly short?: boolean;
}

const NEWLINE = 0x0a;

const linesIn = (bytes: Buffer, end: number): number => {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1 && at < end; at = bytes.indexOf(NEWLINE, at + 1))
    count += 1;
  return count;
};

const isUtf16 = (start: Buffer): boolean => /^(fffe|feff)/.test(start.toString("hex", 0, 2));

function notUtf8(line: number): Error {
  return invalidInput(
    `The dataset file is not UTF-8 at or near line ${line}`,
    "Save it as UTF-8; another encoding would be read as other letters.",
  );
}

/**
 * The bytes of a file as they are, for as long as they are text.
 * @throws AppError `invalid_input` at the first that is not: binary, UTF-16, or another encoding, which would be stored
 * as other letters than the file has.
 */
export async function* textOnly(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  let isFirst = true;
  for await (const chunk of chunks) {
    if (isFirst && isUtf16(chunk)) throw invalidInput("The dataset file is UTF-16", "Save it as UTF-8.");
    const binary = chunk.indexOf(0);
    if (binary !== -1)
      throw invalidInput(
        `The dataset file is binary: line ${line + linesIn(chunk, binary)} has a NUL byte`,
        "Give a CSV, JSON or JSONL file; a spreadsheet or a Parquet file can be exported as one.",
      );
    try {
      decoder.decode(chunk, { stream: true });
    } catch {
      throw notUtf8(line + linesIn(chunk, firstInvalid(chunk, isFirst)));
    }
    line += linesIn(chunk, chunk.length);
    isFirst = false;
    yield chunk;
  }
  try {
    decoder.decode();
  } catch {
    throw notUtf8(line);
  }
}

/** Where the first line that is not UTF-8 begins; one that the chunk's edge cuts is not looked at. */
function firstInvalid(chunk: Buffer, fromStart: boolean): number {
  let from = fromStart ? 0 : chunk.indexOf(NEWLINE) + 1;
  for (let end = chunk.indexOf(NEWLINE, from); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
    if (chunk.toString("utf8", from, end).includes("\uFFFD")) return from;
    from = end + 1;
  }
  return 0;
}
