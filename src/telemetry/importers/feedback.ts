import { Readable } from "node:stream";
import { parse } from "csv-parse";
import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Importer, LabelOptions, Output, Sample, Source } from "./contract.ts";
import { areFeedbackColumns } from "./feedback-columns.ts";
import { readFeedbackRow } from "./feedback-row.ts";

const isScalar = (value: Json): boolean => value === null || typeof value !== "object";

/** By the columns that were named, else by names that say it themselves: a misspelt one is then told row by row. */
const isFeedbackTable = (columns: readonly string[], labels: LabelOptions): boolean =>
  areFeedbackColumns(columns, labels) || areFeedbackColumns(columns, {});

/** A flat row whose columns say what it is about and how good that was. */
const isFeedbackRow = (value: Json, labels: LabelOptions): boolean =>
  isJsonObject(value) &&
  Object.values(value).every(isScalar) &&
  Object.keys(value).length <= 200 &&
  isFeedbackTable(Object.keys(value), labels);

const DELIMITERS = [",", ";", "\t"] as const;

/** The delimiter with which the first line is the header of a feedback table; null when there is none. */
function delimiterOf(sample: Sample, labels: LabelOptions): string | null {
  const header = headerOf(sample.text);
  const fits = (delimiter: string) => isFeedbackTable(split(header, delimiter), labels);
  return DELIMITERS.find(fits) ?? null;
}

const headerOf = (text: string | null): string =>
  (text ?? "").trimStart().split(/\r?\n/, 1)[0]?.slice(0, 10_000) ?? "";

const split = (header: string, delimiter: string): string[] =>
  header.split(delimiter).map((name) => name.trim().replace(/^"|"$/g, ""));

/**
 * Feedback tables, as JSON rows or CSV (comma, semicolon or tab): a column names the session, trace or span; each
 * feedback column gives one feedback, the other columns become tags of the session.
 */
export const feedbackImporter: Importer = {
  format: "feedback",
  detect: (sample, labels) =>
    sample.values.some((value) => isFeedbackRow(value, labels)) || delimiterOf(sample, labels) !== null,
  read: readFeedback,
};

async function readFeedback(source: Source, output: Output): Promise<void> {
  const first = await firstText(source);
  if (/^\s*[[{]/.test(first)) {
    for await (const record of source.records()) {
      if (isJsonObject(record.value)) await takeRow(record.value, record.line, record.chars, source, output);
      else output.skip("not a row of a table", record.line);
    }
    return;
  }
  await readCsv(first, source, output);
}

async function firstText(source: Source): Promise<string> {
  for await (const chunk of source.bytes()) return chunk.toString("utf8", 0, 1 << 16).replace(/^\uFEFF/, "");
  return "";
}

async function readCsv(first: string, source: Source, output: Output): Promise<void> {
  const header = headerOf(first);
  const delimiter =
    DELIMITERS.find((candidate) => isFeedbackTable(split(header, candidate), source.labels)) ?? ",";
  const rows = Readable.from(source.bytes()).pipe(
    parse({
      bom: true,
      columns: true,
      delimiter,
      info: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      max_record_size: 16 << 20,
      trim: true,
    }),
  );
  rows.on("skip", () => output.skip("not a row of a table"));
  for await (const item of rows) {
    const { record, info }: { record: JsonObject; info: { lines: number } } = item;
    await takeRow(record, info.lines, header.length, source, output);
  }
}

async function takeRow(
  row: JsonObject,
  line: number,
  chars: number,
  source: Source,
  output: Output,
): Promise<void> {
  const found = readFeedbackRow(row, withDefaults(source.labels), source.modifiedUs);
  if (found === null) return output.skip("a row that names no session or trace", line);
  if (found.assessments.length === 0) output.skip(withoutFeedback(source.labels), line);
  if (found.homeless > 0) {
    output.skip(
      "other columns of rows about traces: only sessions have tags of their own",
      line,
      found.homeless,
    );
  }
  await output.emit({ assessments: found.assessments, sessionTags: found.sessionTags }, chars);
}

const withoutFeedback = ({ columns }: LabelOptions): string =>
  columns ? "a row without a value in the columns named in feedbackColumns" : "a row without feedback";

const withDefaults = (labels: LabelOptions): LabelOptions => ({ source: "human", ...labels });
