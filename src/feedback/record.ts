import { createHash, randomUUID } from "node:crypto";
import type { Context } from "../context.ts";
import { invalidInput, notFound } from "../errors.ts";
import type { Answer } from "../model/answer.ts";
import type { Assessment, AssessmentSource } from "../model/assessment.ts";
import type { FeedbackInput } from "../model/feedback-input.ts";
import type { Idempotency } from "../store/store.ts";

export interface RecordInput {
  readonly items: readonly FeedbackInput[];
  readonly source: AssessmentSource;
  readonly sourceId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

type Recording = Pick<Context, "store" | "project" | "now">;

const WHOLE_TRACE_ID = /^[0-9a-f]{32}$/i;

interface Target {
  readonly traceId: string | null;
  readonly spanId: string | null;
  readonly sessionId: string | null;
  readonly turn?: number | undefined;
  readonly known: boolean;
}

async function targetOf(context: Recording, item: FeedbackInput, at: string): Promise<Target> {
  const { traces } = context.store;
  if ((item.traceId === undefined) === (item.sessionId === undefined)) {
    throw invalidInput(`${at} must name either traceId or sessionId`, "spanId goes with traceId.");
  }
  if (item.sessionId !== undefined) {
    if (item.spanId !== undefined) throw invalidInput(`${at}: spanId goes with traceId, not with sessionId`);
    const { turn } = item;
    const session = await traces.getSession(context.project.id, item.sessionId);
    return {
      traceId: null,
      spanId: null,
      sessionId: session?.sessionId ?? item.sessionId,
      ...(turn === undefined ? {} : { turn }),
      known: session !== undefined,
    };
  }
  if (item.turn !== undefined) throw invalidInput(`${at}: turn goes with sessionId`);
  const given = item.traceId ?? "";
  const trace = await traces.getTrace(context.project.id, given);
  if (!trace && !WHOLE_TRACE_ID.test(given)) {
    throw notFound(
      "trace",
      given,
      `${at}: give the whole id (32 hex digits) for a trace that has not arrived yet.`,
    );
  }
  const traceId = trace?.traceId ?? given.toLowerCase();
  if (item.spanId === undefined)
    return { traceId, spanId: null, sessionId: null, known: trace !== undefined };
  const span = trace && (await traces.getSpan(context.project.id, traceId, item.spanId));
  if (!span && !/^[0-9a-f]{16}$/i.test(item.spanId))
    throw notFound("span", item.spanId, `${at}: get_trace shows span ids.`);
  return {
    traceId,
    spanId: span?.spanId ?? item.spanId.toLowerCase(),
    sessionId: null,
    known: span !== undefined,
  };
}

/**
 * record_feedback and the collector's /v1/feedback: all items or none. Targets that have not arrived are accepted
 * and counted; a beginning of an id must be known.
 * @throws AppError `invalid_input`, `not_found`, or `conflict` when the key was used for other items.
 */
export async function recordFeedback(context: Recording, input: RecordInput): Promise<Answer> {
  const assessments: Assessment[] = [];
  let waiting = 0;
  for (const [index, item] of input.items.entries()) {
    const { known, ...target } = await targetOf(context, item, `items[${index}]`);
    if (item.value === undefined && item.rationale === undefined) {
      throw invalidInput(`items[${index}] has neither value nor rationale`);
    }
    if (!known) waiting += 1;
    assessments.push({
      id: randomUUID(),
      kind: item.kind,
      name: item.name,
      value: item.value ?? null,
      rationale: item.rationale ?? null,
      quote: item.quote ?? null,
      source: input.source,
      sourceId: input.sourceId ?? null,
      ...target,
      responseId: null,
      createdUs: context.now() + index, // keeps the order of one batch
      supersededBy: null,
    });
  }
  const { ids, repeated } = await context.store.traces.addAssessments(
    context.project.id,
    await withoutCredentials(assessments),
    idempotency(input),
  );
  return {
    data: {
      recorded: ids.length,
      ...(repeated ? { repeated: true } : {}),
      ...(waiting > 0 ? { targetsNotArrivedYet: waiting } : {}),
      ids: ids.slice(0, 20),
    },
    omitted:
      ids.length > 20 ? [{ kind: "ids", count: ids.length - 20, how: "query_sql over assessments." }] : [],
  };
}

/** The rules are loaded with the first feedback, not with the server. */
async function withoutCredentials(assessments: readonly Assessment[]): Promise<Assessment[]> {
  const { createRedactor } = await import("../privacy/ingest.ts");
  const { redactText } = createRedactor();
  const clean = (text: string | null) => (text === null ? null : redactText(text).text);
  return assessments.map((one) => ({
    ...one,
    value: typeof one.value === "string" ? redactText(one.value).text : one.value,
    rationale: clean(one.rationale),
    quote: clean(one.quote),
  }));
}

function idempotency(input: RecordInput): Idempotency | undefined {
  if (input.idempotencyKey === undefined) return undefined;
  const { idempotencyKey: key, ...rest } = input;
  return {
    key: `feedback:${key}`,
    argsHash: createHash("sha256").update(JSON.stringify(rest)).digest("hex"),
  };
}
