import { itemWords, nearestExamples, type ShownExample } from "../judges/model/examples.ts";
import type { JudgeExample, ResolvedJudge } from "../model/judge.ts";
import type { JudgedItem } from "../model/judged-item.ts";
import type { SourceRef } from "../store/ledger-store.ts";
import type { TraceStore } from "../store/store.ts";
import { recordedRun } from "./recorded.ts";
import { itemOf } from "./run-record.ts";

/** A labelled example with where it was observed: deleting that deletes verdicts that it helped to make. */
export interface LoadedExample extends ShownExample {
  readonly source: SourceRef;
}

interface ExampleTools {
  readonly traces: TraceStore;
  readonly projectId: string;
}

const sourceOf = ({ traceId, sessionId }: JudgeExample): SourceRef | null =>
  sessionId !== undefined ? { sessionId } : traceId !== undefined ? { traceId } : null;

async function load(
  { traces, projectId }: ExampleTools,
  judge: ResolvedJudge,
  example: JudgeExample,
): Promise<LoadedExample[]> {
  const source = sourceOf(example);
  const record = source && (await recordedRun({ traces }, projectId, source));
  if (!source || !record) return [];
  const text = itemWords(
    itemOf({ inputs: record.inputs, expectations: {} }, record),
    judge.level === "session" || "sessionId" in source,
  );
  return [{ text, label: example.label, source }];
}

/** By the store of a job and the judge: read once. */
const loaded = new WeakMap<TraceStore, Map<string, Promise<readonly LoadedExample[]>>>();

function examplesOf(judge: ResolvedJudge, tools: ExampleTools): Promise<readonly LoadedExample[]> {
  const ofStore = loaded.get(tools.traces) ?? new Map<string, Promise<readonly LoadedExample[]>>();
  loaded.set(tools.traces, ofStore);
  const key = `${tools.projectId} ${judge.hash}`;
  const known = ofStore.get(key);
  if (known) return known;
  const all = Promise.all((judge.examples ?? []).map((example) => load(tools, judge, example))).then(
    (lists) => lists.flat(),
  );
  ofStore.set(key, all);
  return all;
}

const sameSource = (a: SourceRef, b: SourceRef): boolean =>
  ("sessionId" in a && "sessionId" in b && a.sessionId === b.sessionId) ||
  ("traceId" in a && "traceId" in b && a.traceId === b.traceId);

/**
 * What people labelled that is most like an item: never the item itself. An example whose trace was deleted is not shown
 * any more.
 */
export async function examplesFor(
  judge: ResolvedJudge,
  item: JudgedItem,
  sources: readonly SourceRef[],
  tools: ExampleTools,
): Promise<readonly LoadedExample[]> {
  if (judge.examples === undefined) return [];
  const all = await examplesOf(judge, tools);
  const others = all.filter(({ source }) => !sources.some((own) => sameSource(own, source)));
  return nearestExamples(itemWords(item, judge.level === "session"), others);
}
