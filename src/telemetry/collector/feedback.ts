import { createHash, randomUUID } from "node:crypto";
import { AppError } from "../../errors.ts";
import type { Assessment } from "../../model/assessment.ts";
import { UNSORTED } from "../../model/project.ts";
import type { Store } from "../../store/store.ts";
import { prepareSpans } from "../ingest.ts";
import { asBatch, FeedbackBatch, type FeedbackItem } from "./feedback-schema.ts";
import type { Sink } from "./sink.ts";

/** Largest feedback request, bytes. */
export const MAX_FEEDBACK_BYTES = 1024 * 1024;

interface FeedbackAnswer {
  readonly ids: readonly string[];
  /** The same was sent before: nothing was added. */
  readonly repeated: boolean;
}

/**
 * Stores a batch of feedback, all or nothing, also when what it is about has not arrived yet.
 * Throws `invalid_input`, and `conflict` when the key was used for other feedback.
 */
export async function receiveFeedback(
  body: Uint8Array,
  request: { project: string | null; idempotencyKey: string | null },
  { store, sink }: { store: Store; sink: Sink },
): Promise<FeedbackAnswer> {
  const batch = parseBatch(body);
  const explicit = request.project === null ? null : await sink.projects.named(request.project);
  const projectId = explicit ?? (await findProject(batch, store, sink));
  const createdUs = Date.now() * 1000;
  const assessments = batch.feedback.map((item) => toAssessment(item, createdUs));
  const prepared = prepareSpans(projectId, { assessments }, sink.tools());
  const key = request.idempotencyKey ?? batch.idempotencyKey;
  const argsHash = createHash("sha256").update(JSON.stringify(batch.feedback)).digest("hex");
  return key === undefined
    ? store.traces.addAssessments(projectId, prepared.assessments)
    : store.traces.addAssessments(projectId, prepared.assessments, { key, argsHash });
}

function parseBatch(body: Uint8Array): FeedbackBatch {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"));
  } catch (cause) {
    throw new AppError("invalid_input", "The body is not valid JSON", { hint: EXAMPLE, cause });
  }
  const result = FeedbackBatch.safeParse(asBatch(value));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const at = issue?.code === "unrecognized_keys" ? "" : (issue?.path.join(".") ?? "");
  const problem = issue?.code === "unrecognized_keys" ? "a field is not known" : (issue?.message ?? "");
  throw new AppError("invalid_input", `Feedback is not valid: ${at}${at ? ": " : ""}${problem}`, {
    hint: EXAMPLE,
  });
}

const EXAMPLE =
  'Send {"traceId" or "sessionId", "name", "value", optionally "spanId", "rationale", "quote", "userId", "source"}.';

const toAssessment = (item: FeedbackItem, createdUs: number): Assessment => ({
  id: randomUUID(),
  kind: "feedback",
  name: item.name,
  value: item.value ?? null,
  rationale: item.rationale ?? null,
  quote: item.quote ?? null,
  source: item.source,
  sourceId: item.userId ?? null,
  traceId: item.traceId?.toLowerCase() ?? null,
  spanId: item.spanId?.toLowerCase() ?? null,
  sessionId: item.sessionId ?? null,
  responseId: null,
  createdUs,
  supersededBy: null,
});

/** Without a named project: the service's, else that of the first target which is there already, else `unsorted`. */
async function findProject(batch: FeedbackBatch, store: Store, sink: Sink): Promise<string> {
  const ofService = batch.service === undefined ? null : await sink.projects.ofService(batch.service);
  if (ofService !== null) return ofService;
  const [first] = batch.feedback;
  for (const project of await store.records.listProjects()) {
    const target =
      first?.traceId !== undefined
        ? await store.traces.getTrace(project.id, first.traceId.toLowerCase())
        : await store.traces.getSession(project.id, first?.sessionId ?? "").catch(() => undefined);
    const isExact = target && ("traceId" in target || target.sessionId === first?.sessionId);
    if (isExact) return project.id;
  }
  return sink.projects.named(UNSORTED);
}
