import { pipeline, Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { z } from "zod";
import { invalidInput } from "../errors.ts";
import type { FileRow } from "./file-row.ts";

const MAX_ROW_BYTES = 16 << 20;
const DELIMITERS = ["\t", ";", ","] as const;

const Parsed = z.object({ record: z.array(z.string()), info: z.object({ lines: z.int() }) });

/** The candidate that the header has most often outside quotes; a comma where it has none. */
function delimiterOf(header: string): string {
  const plain = header.replaceAll(/"(?:[^"]|"")*"/g, "");
  const counts = DELIMITERS.map((candidate) => plain.split(candidate).length - 1);
  const most = Math.max(...counts);
  return most === 0 ? "," : (DELIMITERS[counts.indexOf(most)] ?? ",");
}

function columnNames(header: readonly string[]): readonly string[] {
  const names = header.map((name, i) => (name.trim() === "" ? `column${i + 1}` : name.trim()));
  const second = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (second !== -1)
    throw invalidInput(
      `Columns ${names.indexOf(names[second] ?? "") + 1} and ${second + 1} of the CSV file have the same name`,
      "Rename one of them: a row can hold only one value under a name.",
    );
  return names;
}

const newlinesIn = (fields: readonly string[]): number =>
  fields.reduce((count, field) => count + field.split("\n").length - 1, 0);

/**
 * Rows of a CSV file by the names of its header, with comma, semicolon or tab between fields, each at the line where it
 * begins.
 * @param start the beginning of the file, from which the delimiter is seen
 * @throws AppError `invalid_input` for a header with a name twice, and for a quote that is never closed.
 */
export async function* csvRows(chunks: AsyncIterable<Buffer>, start: string): AsyncGenerator<FileRow> {
  const [header = ""] = start.split(/\r?\n/, 1);
  const parser = parse({
    bom: true,
    delimiter: delimiterOf(header),
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_BYTES,
  });
  // What fails in the source reaches the loop below through the parser.
  pipeline(Readable.from(chunks), parser, () => undefined);
  let names: readonly string[] | null = null;
  let ended = 0;
  try {
    for await (const item of parser) {
      const { record, info } = Parsed.parse(item);
      ended = info.lines;
      if (names === null) names = columnNames(record);
      else yield rowOf(names, record, ended - newlinesIn(record));
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw invalidInput(
      `The CSV file cannot be read from line ${ended + 1} on: a quote is not closed, or the row is over 16 MB`,
      'Close the quote, or double one inside a quoted field ("").',
    );
  }
}

function rowOf(names: readonly string[], record: readonly string[], at: number): FileRow {
  if (record.length > names.length)
    return { at, unit: "line", problem: "more fields than the header has columns" };
  return {
    at,
    unit: "line",
    value: Object.fromEntries(names.map((name, i) => [name, record[i] ?? ""])),
    short: record.length < names.length,
  };
}
