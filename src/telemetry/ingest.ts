import type { JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import type { MediaItem } from "../model/message.ts";
import type { Span } from "../model/span.ts";
import type { Redactor } from "../privacy/ingest.ts";
import type { SessionTags, TraceBatch } from "../store/store.ts";
import { normalizeSpan } from "./conventions/index.ts";
import { redactAssessment, redactSpan, redactTags } from "./ingest-canonical.ts";
import { unparsedLog, unparsedSpan } from "./ingest-fallback.ts";
import { addFound, type Found, withCredentialFinding } from "./ingest-findings.ts";
import { normalizeLogs } from "./logs/index.ts";
import type { RawLog, RawSpan } from "./raw.ts";

export interface IngestTools {
  readonly redactor: Redactor;
  readonly price: (span: Span) => Span;
  /** When the data arrived: whole microseconds since the Unix epoch. */
  readonly nowUs: number;
}

/** What importers hand over when a source is not OpenTelemetry: canonical already, but not yet safe to store. */
export type CanonicalItems = Partial<Omit<TraceBatch, "projectId">>;

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
  const redact = objectRedactor(tools.redactor);
  const context = { arrivedUs: tools.nowUs };
  const prepared: Span[] = [];
  const media: MediaItem[] = [];
  for (const raw of spans) {
    const found: Found = {};
    const clean = redactRawSpan(raw, redact, found);
    const result = attempt(() => normalizeSpan(clean, context)) ?? { span: unparsedSpan(clean), media: [] };
    prepared.push(price(withCredentialFinding(result.span, found), tools));
    media.push(...result.media);
  }
  const fromLogs = prepareLogs(logs, redact, tools);
  prepared.push(...fromLogs.spans);
  media.push(...fromLogs.media);
  return { projectId, spans: prepared, media, assessments: fromLogs.assessments, sessionTags: [] };
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

function prepareLogs(logs: readonly RawLog[], redact: RedactObject, tools: IngestTools) {
  const context = { arrivedUs: tools.nowUs };
  const found: Found = {};
  const clean = logs.map((log) => redactRawLog(log, redact, found));
  const whole = attempt(() => normalizeLogs(clean, context));
  const results = whole ? [whole] : clean.map((log) => attempt(() => normalizeLogs([log], context)) ?? log);
  const out: Pick<TraceBatch, "spans" | "media" | "assessments"> & { spans: Span[] } = {
    spans: [],
    media: results.flatMap((result) => ("media" in result ? result.media : [])),
    assessments: results.flatMap((result) => ("assessments" in result ? result.assessments : [])),
  };
  for (const result of results) {
    if (!("spans" in result)) out.spans.push(unparsedLog(result, tools.nowUs));
    else for (const span of result.spans) out.spans.push(price(withCredentialFinding(span, found), tools));
  }
  return out;
}

interface RedactObject {
  text(text: string, found: Found): string;
  object(value: JsonObject, found: Found): JsonObject;
}

/** Resources are shared by many spans: each object is read once, and stays shared. */
function objectRedactor(redactor: Redactor): RedactObject {
  const seen = new Map<JsonObject, { value: JsonObject; found: Found }>();
  const redactOnce = (value: JsonObject) => {
    const result = redactor.redactJson(value);
    return { value: isJsonObject(result.value) ? result.value : {}, found: result.found };
  };
  return {
    text(text, found) {
      const result = redactor.redactText(text);
      addFound(found, result.found);
      return result.text;
    },
    object(value, found) {
      const result = seen.get(value) ?? redactOnce(value);
      seen.set(value, result);
      addFound(found, result.found);
      return result.value;
    },
  };
}

function redactRawSpan(raw: RawSpan, redact: RedactObject, found: Found): RawSpan {
  return {
    ...raw,
    name: redact.text(raw.name, found),
    statusMessage: raw.statusMessage === null ? null : redact.text(raw.statusMessage, found),
    attributes: redact.object(raw.attributes, found),
    resource: redact.object(raw.resource, found),
    events: raw.events.map((event) => ({ ...event, attributes: redact.object(event.attributes, found) })),
  };
}

function redactRawLog(raw: RawLog, redact: RedactObject, found: Found): RawLog {
  return {
    ...raw,
    body: redact.object({ body: raw.body }, found)["body"] ?? null,
    attributes: redact.object(raw.attributes, found),
    resource: redact.object(raw.resource, found),
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
