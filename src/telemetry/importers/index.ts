import { AppError, invalidInput } from "../../errors.ts";
import { isTooDeep, parseJson } from "../fields.ts";
import { createBatcher } from "./batcher.ts";
import type {
  Format,
  ImportBatch,
  Importer,
  ImportSink,
  JsonRecord,
  LabelOptions,
  Output,
  Source,
} from "./contract.ts";
import { FORMATS } from "./contract.ts";
import { detectFormat, importerOf } from "./formats.ts";
import { describeFailure, isFileFailure, readBytes } from "./open-file.ts";
import {
  createDetails,
  createSkips,
  createTally,
  type FileReport,
  type ImportReport,
  NOTHING,
  type Tally,
} from "./report.ts";
import { readHead, splitJson } from "./sample.ts";
import { type Found, walk } from "./walk.ts";

export interface ImportProgress {
  /** Bytes on disk that have been read. */
  readonly done: number;
  /** Bytes of all files. */
  readonly total: number;
  readonly files: number;
}

export interface ImportOptions {
  /** Read every file as this format; by default each is recognised by its content. */
  readonly format?: Format | undefined;
  readonly labels?: LabelOptions | undefined;
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One JSON value, or one trace of a format that is read whole. */
const MAX_VALUE_BYTES = 256 << 20;

/**
 * Imports files and folders: each file is recognised by its content, unpacked if it is gzip, and streamed, so
 * that memory does not grow with its size. Ids are those of the source or follow from it: importing again changes
 * nothing. What is wrong with one line or file is in the report and stops nothing else.
 * @throws AppError `invalid_input` when no path is given; whatever the sink throws.
 */
export async function importPaths(
  paths: readonly string[],
  sink: ImportSink,
  options: ImportOptions = {},
): Promise<ImportReport> {
  if (paths.length === 0) throw invalidInput("No path was given", "Name at least one file or folder.");
  if (options.format !== undefined && !FORMATS.includes(options.format)) {
    throw invalidInput("Unknown import format", `Known formats: ${FORMATS.join(", ")}.`);
  }
  const signal = options.signal ?? new AbortController().signal;
  const found = await collect(paths, signal);
  const whole = createTally();
  const details = createDetails();
  const counts = { found: 0, imported: 0, nothingTaken: 0, unrecognised: 0, failed: 0, hidden: 0 };
  const total = found.reduce((sum, item) => sum + (item.kind === "file" ? item.bytes : 0), 0);
  let done = 0;
  for (const item of found) {
    if (signal.aborted) break;
    if (item.kind === "hidden") {
      counts.hidden++;
      continue;
    }
    counts.found++;
    const before = done;
    const onRead = (read: number): void =>
      options.onProgress?.({ done: before + read, total, files: counts.found });
    const report =
      item.kind === "problem"
        ? failed(item.path, item.problem)
        : await importFile(item, sink, whole, { ...options, onRead });
    details.add(report);
    if (report.error !== null) counts.failed++;
    else if (report.format === null) counts.unrecognised++;
    else if (tookNothing(report)) counts.nothingTaken++;
    else counts.imported++;
    if (item.kind === "file") done += item.bytes;
    options.onProgress?.({ done, total, files: counts.found });
  }
  return { taken: whole.taken(), files: counts, ...details.list(), cancelled: signal.aborted };
}

async function collect(paths: readonly string[], signal: AbortSignal): Promise<Found[]> {
  const found: Found[] = [];
  const seen = new Set<string>();
  for await (const item of walk(paths)) {
    if (signal.aborted) break;
    if (seen.has(item.path)) continue;
    seen.add(item.path);
    found.push(item);
  }
  return found;
}

const tookNothing = ({ taken, skipped }: FileReport): boolean =>
  skipped.length > 0 && taken.spans + taken.feedback === 0;

const failed = (path: string, error: string): FileReport => ({
  path,
  format: null,
  bytes: 0,
  taken: NOTHING,
  skipped: [],
  error,
});

type FoundFile = Extract<Found, { kind: "file" }>;

async function importFile(
  file: FoundFile,
  sink: ImportSink,
  whole: Tally,
  options: ImportOptions & { readonly onRead: (bytes: number) => void },
): Promise<FileReport> {
  const signal = options.signal ?? new AbortController().signal;
  const skips = createSkips();
  const own = createTally();
  const report = (format: Format | null, error: string | null): FileReport => ({
    path: file.path,
    format,
    bytes: file.bytes,
    taken: own.taken(),
    skipped: skips.list(),
    error,
  });
  const batcher = createBatcher((batch) => storeCounted(batch, sink, [own, whole]));
  const output: Output = { emit: batcher.add, skip: skips.add };
  let importer: Importer | null = null;
  try {
    if (file.bytes === 0) skips.add("the file is empty");
    const { sample, layout } = await readHead(file.path, signal);
    importer = options.format ? importerOf(options.format) : detectFormat(sample, options.labels ?? {});
    if (importer === null) {
      if (file.bytes > 0) skips.add(unrecognised(sample.text));
      return report(null, null);
    }
    const onRead = (read: number) => options.onRead(Math.min(read, file.bytes));
    const bytes = () => readBytes(file.path, signal, onRead);
    const source: Source = {
      path: file.path,
      modifiedUs: file.modifiedUs,
      labels: options.labels ?? {},
      signal,
      bytes,
      records: () => readRecords(splitJson(bytes(), layout, MAX_VALUE_BYTES), output),
    };
    await importer.read(source, output);
    await batcher.flush();
    return report(importer.format, null);
  } catch (cause) {
    if (signal.aborted) return report(importer?.format ?? null, "the import was cancelled");
    if (cause instanceof AppError || !isFileFailure(cause)) throw cause;
    await batcher.flush();
    return report(importer?.format ?? null, describeFailure(cause));
  }
}

const unrecognised = (text: string | null): string =>
  text === null
    ? "not text and no known binary format"
    : "no known format; a feedback table needs a column that names the session or trace, and its verdicts named in feedbackColumns";

async function storeCounted(batch: ImportBatch, sink: ImportSink, tallies: readonly Tally[]): Promise<void> {
  const stored = await sink(batch);
  const traces = [...stored.traceIds];
  const sessions = [...stored.sessionIds];
  for (const tally of tallies) {
    for (const id of traces) tally.trace(id);
    for (const id of sessions) tally.session(id);
    tally.spans(stored.spans);
    tally.feedback(stored.feedback);
  }
}

async function* readRecords(
  pieces: AsyncIterable<{ line: number; text: string | null }>,
  output: Output,
): AsyncGenerator<JsonRecord> {
  for await (const { line, text } of pieces) {
    const value = text === null ? undefined : parseJson(text);
    if (text === null) output.skip("a value longer than 256 MB", line);
    else if (value === undefined) output.skip("not valid JSON", line);
    else if (isTooDeep(value)) output.skip("nested deeper than 200 levels", line);
    else yield { line, value, chars: text.length };
  }
}
