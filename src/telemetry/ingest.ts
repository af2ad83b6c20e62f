import type { MediaItem } from "../model/message.ts";
import type { Span } from "../model/span.ts";
import type { Redactor } from "../privacy/ingest.ts";
import type { SessionTags, TraceBatch } from "../store/store.ts";
import { normalizeSpan } from "./conventions/index.ts";
import { redactAssessment, redactSpan, redactTags } from "./ingest-canonical.ts";
import { unparsedLog, unparsedSpan } from "./ingest-fallback.ts";
import { addFound, type Found, withCredentialFinding } from "./ingest-findings.ts";
import { createRawRedactor, type RawRedactor } from "./ingest-raw.ts";
import { type NormalizedLogs, normalizeLogs } from "./logs/index.ts";
import type { RawLog, RawSpan } from "./raw.ts";

export interface IngestTools {
  readonly redactor: Redactor;
  readonly price: (span: Span) => Span;
  /** When the data arrived: whole microseconds since the Unix epoch. */
  readonly nowUs: number;
}

/** What importers hand over when a source is not OpenTelemetry: canonical already, but not yet safe to store. */
type CanonicalItems = Partial<Omit<TraceBatch, "projectId">>;

/**
 * Telemetry as it was decoded -> what the store takes: credentials are redacted, then each span and log record
 * is understood, then model calls are priced. What cannot be understood is kept with its raw attributes and the
 * finding `unparsed_content`; nothing throws for what a span contains.
 */
export function prepareRaw(
  projectId: string,
  spans: readonly RawSpan[],
  logs: readonly RawLog[],
  tools: IngestTools,
): TraceBatch {
  return prepareRawCounted(projectId, spans, logs, tools).batch;
}

/** {@link prepareRaw}, and how many log records were about no agent and are left out. */
export function prepareRawCounted(
  projectId: string,
  spans: readonly RawSpan[],
  logs: readonly RawLog[],
  tools: IngestTools,
): { batch: TraceBatch; ignoredLogs: number } {
  const redact = createRawRedactor(tools.redactor);
  const context = { arrivedUs: tools.nowUs };
  const prepared: Span[] = [];
  const media: MediaItem[] = [];
  for (const raw of spans) {
    const found: Found = {};
    const clean = redact.span(raw, found);
    const result = attempt(() => normalizeSpan(clean, context)) ?? { span: unparsedSpan(clean), media: [] };
    prepared.push(price(withCredentialFinding(result.span, found), tools));
    media.push(...result.media);
  }
  const fromLogs = prepareLogs(logs, redact, tools);
  prepared.push(...fromLogs.spans);
  media.push(...fromLogs.media);
  const batch = { projectId, spans: prepared, media, assessments: fromLogs.assessments, sessionTags: [] };
  return { batch, ignoredLogs: fromLogs.ignored };
}

/** Canonical items -> what the store takes: the same redaction and prices as telemetry gets. */
export function prepareSpans(projectId: string, items: CanonicalItems, tools: IngestTools): TraceBatch {
  const redactor = tools.redactor;
  return {
    projectId,
    spans: (items.spans ?? []).map((span) => price(redactSpan(span, redactor), tools)),
    media: items.media ?? [],
    assessments: (items.assessments ?? []).map((item) => redactAssessment(item, redactor)),
    sessionTags: (items.sessionTags ?? []).map(
      (entry): SessionTags => ({ sessionId: entry.sessionId, tags: redactTags(entry.tags, redactor).tags }),
    ),
  };
}

/**
 * Logs of one span are understood together. Those of which something was redacted are apart from the others, so
 * that the finding stands on their spans only.
 */
function prepareLogs(logs: readonly RawLog[], redact: RawRedactor, tools: IngestTools) {
  const parts = logs.map((log) => {
    const found: Found = {};
    return { log: redact.log(log, found), found };
  });
  const groups = groupLogs(parts).map((group) => ({ ...group, ...understandLogs(group.logs, tools) }));
  return {
    spans: groups.flatMap((group) =>
      group.spans.map((span) => price(withCredentialFinding(span, group.found), tools)),
    ),
    media: groups.flatMap((group) => group.media),
    assessments: groups.flatMap((group) => group.assessments),
    ignored: groups.reduce((sum, group) => sum + group.ignored, 0),
  };
}

interface LogGroup {
  readonly logs: RawLog[];
  readonly found: Found;
}

function groupLogs(parts: readonly { log: RawLog; found: Found }[]): LogGroup[] {
  const keyOf = ({ log }: { log: RawLog }) => (log.traceId && log.spanId ? log.traceId + log.spanId : null);
  const isDirty = (part: { found: Found }) => Object.keys(part.found).length > 0;
  const dirtyKeys = new Set(parts.filter(isDirty).map(keyOf));
  const clean: LogGroup = { logs: [], found: {} };
  const dirty = new Map<unknown, LogGroup>();
  for (const part of parts) {
    const key = keyOf(part);
    const isApart = isDirty(part) || (key !== null && dirtyKeys.has(key));
    const group = isApart ? (dirty.get(key ?? part) ?? { logs: [], found: {} }) : clean;
    if (isApart) dirty.set(key ?? part, group);
    group.logs.push(part.log);
    addFound(group.found, part.found);
  }
  return [clean, ...dirty.values()].filter((group) => group.logs.length > 0);
}

/** A group that fails as a whole is read record by record, so that one bad record is kept as it came and alone. */
function understandLogs(logs: readonly RawLog[], { nowUs }: IngestTools): NormalizedLogs {
  const context = { arrivedUs: nowUs };
  const whole = attempt(() => normalizeLogs(logs, context));
  if (whole) return whole;
  const each = logs.map(
    (log): NormalizedLogs =>
      attempt(() => normalizeLogs([log], context)) ?? {
        spans: [unparsedLog(log, nowUs)],
        media: [],
        assessments: [],
        ignored: 0,
      },
  );
  return {
    spans: each.flatMap((result) => result.spans),
    media: each.flatMap((result) => result.media),
    assessments: each.flatMap((result) => result.assessments),
    ignored: each.reduce((sum, result) => sum + result.ignored, 0),
  };
}

/** A price table that fails must not cost the span. */
const price = (span: Span, tools: IngestTools): Span => attempt(() => tools.price(span)) ?? span;

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
