import type { Assessment } from "../model/assessment.ts";
import type { Filter } from "../model/filter.ts";
import type { Json } from "../model/json.ts";
import type { MediaItem, MediaRef } from "../model/message.ts";
import type { Project } from "../model/project.ts";
import type { Span, SpanHead } from "../model/span.ts";
import type { SessionSummary, TraceSummary } from "../model/trace.ts";
import type { DatasetStore } from "./dataset-store.ts";
import type { EvaluationStore } from "./evaluation-store.ts";
import type { JobStore } from "./job-store.ts";
import type { LedgerStore } from "./ledger-store.ts";
import type { OptimizationStore } from "./optimization-store.ts";
import type { PointerStore } from "./pointer-store.ts";
import type { ScheduleStore } from "./schedule-store.ts";
import type { SqlRunner } from "./sql-runner.ts";
import type { VersionStore } from "./version-store.ts";

/** One store: what was observed, and the small records about it. A backend is what passes test/store/contract.ts. */
export interface Store extends AsyncDisposable {
  readonly traces: TraceStore;
  readonly records: RecordStore;
  /** Read-only SQL over the documented views, where the backend offers it. */
  readonly sql: SqlRunner | null;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** All that match, when it was cheap to count. */
  readonly total: number | null;
  readonly next: string | null;
}

/** Everything of one project that is stored in one atomic write. */
export interface TraceBatch {
  readonly projectId: string;
  readonly spans: readonly Span[];
  readonly media: readonly MediaItem[];
  readonly assessments: readonly Assessment[];
  /** Tags set on sessions themselves, e.g. the other columns of a labels file. */
  readonly sessionTags: readonly SessionTags[];
}

export interface SessionTags {
  readonly sessionId: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** An opaque name of one stored JSON value; equal values of a project have equal ids. */
export type ContentId = string;

export interface ContentRef {
  readonly id: ContentId;
  /** Characters of its JSON text. */
  readonly chars: number;
}

/** A span without its content: references in its place, so that resent histories cost nothing until read. */
export interface SpanOutline {
  readonly head: SpanHead;
  readonly system: ContentRef | null;
  readonly inputMessages: readonly ContentRef[];
  readonly outputMessages: readonly ContentRef[];
  readonly input: ContentRef | null;
  readonly output: ContentRef | null;
  readonly toolDefinitions: ContentRef | null;
  readonly documents: ContentRef | null;
}

export type TraceOrder = "newest" | "oldest" | "slowest" | "costliest" | "most_errors";

export interface SearchQuery {
  readonly projectId: string;
  readonly filter: Filter;
  readonly order: TraceOrder;
  /** 1 to 500. */
  readonly limit: number;
  /** From an earlier page of the same query; another query's is `invalid_input`. */
  readonly cursor?: string | undefined;
  /** For work that shows nobody what it reads; all else leaves sealed rows out. */
  readonly includeSealed?: boolean | undefined;
}

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export interface CountRow {
  readonly value: string;
  readonly count: number;
}

/** What summarize_traces shows for one window. */
export interface TraceAggregate {
  readonly traces: number;
  readonly sessions: number;
  /** Traces a root of which failed. */
  readonly failedTraces: number;
  /** Traces with a failed span anywhere, recovered from or not. */
  readonly tracesWithErrors: number;
  readonly firstUs: number | null;
  readonly lastUs: number | null;
  readonly durationMs: Percentiles | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly costUsd: number | null;
  readonly unpricedCalls: number;
  readonly llmCalls: number;
  /** Per tool, most calls first; at most `topN` rows each, `tools.total` says how many there are. */
  readonly tools: Top<{ name: string; calls: number; errors: number; durationMs: Percentiles | null }>;
  readonly models: Top<{
    name: string;
    calls: number;
    inputTokens: number;
    outputTokens: number;
    costUsd: number | null;
  }>;
  /** Error signatures (error type or status message with its numbers and ids masked) over spans. */
  readonly errors: Top<{
    signature: string;
    kind: string;
    name: string;
    count: number;
    traces: number;
    exampleTraceId: string;
  }>;
  readonly feedback: Top<{
    name: string;
    source: string;
    n: number;
    mean: number | null;
    values: readonly CountRow[];
  }>;
  readonly agents: Top<CountRow>;
  readonly services: Top<CountRow>;
  readonly findings: Top<CountRow>;
}

export interface Top<T> {
  readonly rows: readonly T[];
  readonly total: number;
}

export interface ProjectArrival extends Project {
  readonly traces: number;
  readonly lastArrivalUs: number | null;
}

export interface DeletionCounts {
  readonly traces: number;
  readonly spans: number;
  readonly sessions: number;
  readonly assessments: number;
  readonly contents: number;
  readonly media: number;
  /** Calls of the ledger whose answer was made from what was deleted. */
  readonly calls: number;
  readonly tasks: number;
  /** Examples of datasets. */
  readonly examples: number;
  /** Rows of evaluations. */
  readonly results: number;
}

export interface Idempotency {
  readonly key: string;
  readonly argsHash: string;
}

export interface TraceStore {
  /**
   * Stores the batches in one atomic write and resolves when a killed process can no longer lose them.
   * Spans are upserted by (trace id, span id), field by field: a new value wins, an absent one (null, empty,
   * kind `other`) keeps the old; a span marked with finding `stub` only fills what is absent. Idempotent.
   * Spans of deleted traces are ignored. Throws `unavailable` when the store is busy or full.
   */
  insert(batches: readonly TraceBatch[]): Promise<void>;
  /** Brings every roll-up (traces, sessions, inferred sessions) up to date with what is stored. */
  settle(): Promise<void>;

  searchTraces(query: SearchQuery): Promise<Page<TraceSummary>>;
  searchSessions(query: SearchQuery): Promise<Page<SessionSummary>>;
  /** Without sealed traces. */
  aggregate(query: { projectId: string; filter: Filter; topN: number }): Promise<TraceAggregate>;

  /** `id`: the whole trace id, or a beginning of at least 6 digits; several matches are `invalid_input`. */
  getTrace(projectId: string, id: string): Promise<TraceSummary | undefined>;
  /** Spans in order of start, at most 1000 a page. */
  readSpans(
    projectId: string,
    traceId: string,
    options: { limit: number; cursor?: string | undefined },
  ): Promise<Page<SpanOutline>>;
  /** One span whole. `spanId`: all of it or a beginning of at least 6 digits. */
  getSpan(projectId: string, traceId: string, spanId: string): Promise<Span | undefined>;
  readContents(projectId: string, ids: readonly ContentId[]): Promise<ReadonlyMap<ContentId, Json>>;
  getMedia(projectId: string, hash: string): Promise<MediaItem | undefined>;
  listMedia(projectId: string, hashes: readonly string[]): Promise<readonly MediaRef[]>;

  /** `id`: the whole session id or a unique beginning of at least 6 characters. */
  getSession(projectId: string, id: string): Promise<SessionSummary | undefined>;
  /** The session's traces, oldest first. */
  readSessionTraces(
    projectId: string,
    sessionId: string,
    options: { limit: number; cursor?: string | undefined },
  ): Promise<Page<TraceSummary>>;

  /** Current (not superseded) ones; of a trace and its spans, or of a session (and, if asked, of its traces). */
  readAssessments(query: {
    projectId: string;
    traceId?: string;
    sessionId?: string;
    includeTraces?: boolean;
    limit: number;
  }): Promise<readonly Assessment[]>;
  /**
   * Adds assessments; their targets may arrive later. With a key already used for the same arguments the first
   * call's ids come back (`repeated`); for others it throws `idempotency_conflict`.
   */
  addAssessments(
    projectId: string,
    items: readonly Assessment[],
    idempotency?: Idempotency,
  ): Promise<{ ids: readonly string[]; repeated: boolean }>;

  /** Distinct values of a filter field, most frequent first, for near matches and discovery; without sealed traces. */
  listValues(projectId: string, field: string, limit: number): Promise<readonly CountRow[]>;
  /** Removes what matches, and everything derived from it; `dryRun` only counts. Leaves a tombstone. */
  delete(query: {
    projectId: string;
    filter: Filter;
    filterText: string;
    dryRun: boolean;
  }): Promise<DeletionCounts>;
}

export interface RecordStore {
  /** Creates the project on first sight. */
  ensureProject(project: Project): Promise<void>;
  /** An id, or a slug that only one project has. */
  findProject(idOrSlug: string): Promise<Project | undefined>;
  listProjects(): Promise<readonly ProjectArrival[]>;
  /** Remembers that a service's unlabelled spans belong to a project. */
  setServiceProject(service: string, projectId: string): Promise<void>;
  getServiceProject(service: string): Promise<string | undefined>;
  readonly jobs: JobStore;
  readonly datasets: DatasetStore;
  readonly evaluations: EvaluationStore;
  readonly optimizations: OptimizationStore;
  readonly versions: VersionStore;
  readonly pointers: PointerStore;
  readonly ledger: LedgerStore;
  readonly schedules: ScheduleStore;
}
