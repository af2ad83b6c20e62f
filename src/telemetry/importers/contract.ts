import type { Assessment } from "../../model/assessment.ts";
import type { Json } from "../../model/json.ts";
import type { MediaItem } from "../../model/message.ts";
import type { Span } from "../../model/span.ts";
import type { SessionTags } from "../../store/store.ts";
import type { RawLog, RawSpan } from "../raw.ts";

export const FORMATS = [
  "otlp",
  "otlp-protobuf",
  "claude-code",
  "codex",
  "langfuse",
  "mlflow",
  "chat",
  "feedback",
] as const;
export type Format = (typeof FORMATS)[number];

/** What is stored in one atomic write: telemetry as decoded, and items that are canonical already. */
export interface ImportBatch {
  readonly raw: readonly RawSpan[];
  readonly logs: readonly RawLog[];
  readonly spans: readonly Span[];
  readonly media: readonly MediaItem[];
  readonly assessments: readonly Assessment[];
  readonly sessionTags: readonly SessionTags[];
}

/** What the sink learned by understanding the batch; it is counted in the report. */
export interface Stored {
  readonly traceIds: Iterable<string>;
  readonly sessionIds: Iterable<string>;
  readonly spans: number;
  readonly feedback: number;
}

/** Stores a batch; the next one waits for it. */
export type ImportSink = (batch: ImportBatch) => Promise<Stored>;

export interface LabelOptions {
  /** Columns that are feedback; by default those whose names say so (reward, score, label, rating, thumbs, ...). */
  readonly columns?: readonly string[] | undefined;
  /** Who gave it; default human. */
  readonly source?: Assessment["source"] | undefined;
}

/** One JSON value of a file, with the line it begins on (from 1) and its length in characters. */
export interface JsonRecord {
  readonly line: number;
  readonly value: Json;
  readonly chars: number;
}

/** The beginning of a file, for telling formats apart. */
export interface Sample {
  readonly path: string;
  /** The first bytes, unpacked; up to 64 kB. */
  readonly bytes: Uint8Array;
  /** The same as text; null when it is not UTF-8 text. */
  readonly text: string | null;
  /** The first JSON values, at most 20; empty when there are none. */
  readonly values: readonly Json[];
}

/** A file being read. Each call opens it anew, unpacked. */
export interface Source {
  readonly path: string;
  /** When the file was last changed: microseconds since the epoch. */
  readonly modifiedUs: number;
  readonly labels: LabelOptions;
  readonly signal: AbortSignal;
  records(): AsyncIterable<JsonRecord>;
  bytes(): AsyncIterable<Buffer>;
}

export interface Output {
  /** Hands over items that belong together; `chars` is about how large they are. */
  emit(items: Partial<ImportBatch>, chars: number): Promise<void>;
  /** Counts what was not taken. `reason` is in words of ours. */
  skip(reason: string, line?: number, count?: number): void;
}

export interface Importer {
  readonly format: Format;
  /** `labels` tell which columns make a table one of feedback. */
  detect(sample: Sample, labels: LabelOptions): boolean;
  read(source: Source, output: Output): Promise<void>;
}
