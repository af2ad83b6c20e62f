import { expectationsFrom } from "../datasets/expectations.ts";
import type { Recording } from "../judges/agent/reading-tools.ts";
import type { Example } from "../model/example.ts";
import type { JudgedItem } from "../model/judged-item.ts";
import type { Store } from "../store/store.ts";
import { recordedRun } from "./recorded.ts";
import { itemOf, type RunRecord } from "./run-record.ts";

export type Where = { readonly sessionId: string } | { readonly traceId: string };

/** Read of one item: a long conversation has some on each of its turns. */
const MOST_FEEDBACK = 5_000;

async function exampleOf(store: Store, projectId: string, where: Where, id: string): Promise<Example> {
  const assessments = await store.traces.readAssessments({
    projectId,
    ...where,
    includeTraces: true,
    limit: MOST_FEEDBACK,
  });
  const sessionId = "sessionId" in where ? where.sessionId : null;
  return {
    id,
    hash: id,
    group: sessionId ?? id,
    split: "train",
    inputs: null,
    messages: [],
    turns: [],
    expectations: expectationsFrom(assessments.filter(({ kind }) => kind === "expectation")),
    recorded: null,
    tags: {},
    role: "unknown",
    origin: { kind: "observed", traceId: "traceId" in where ? where.traceId : null, sessionId, spanId: null },
  };
}

export interface RecordedItem {
  readonly item: JudgedItem;
  readonly example: Example;
  readonly record: RunRecord;
}

/** A stored trace or session as judges look at it; null when there is nothing of it. */
export async function recordedItem(
  store: Store,
  projectId: string,
  where: Where,
): Promise<RecordedItem | null> {
  const record = await recordedRun(store, projectId, where);
  if (!record) return null;
  const id = "sessionId" in where ? where.sessionId : where.traceId;
  const example = await exampleOf(store, projectId, where, id);
  return { item: { ...itemOf(example, record), inputs: record.inputs }, example, record };
}

/** What a judge that reads by tools opens of it. */
export const recordingOf = (where: Where): Recording =>
  "sessionId" in where ? where : { traceIds: [where.traceId] };
