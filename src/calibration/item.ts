import { expectationsFrom, withoutComplaints } from "../datasets/expectations.ts";
import { sourcesOf } from "../evaluation/obtain.ts";
import { recordedRun } from "../evaluation/recorded.ts";
import { itemOf, NO_EVIDENCE } from "../evaluation/run-record.ts";
import type { Assessment } from "../model/assessment.ts";
import type { Example, ExampleContent } from "../model/example.ts";
import type { Json } from "../model/json.ts";
import type { JudgedItem } from "../model/judged-item.ts";
import type { Message } from "../model/message.ts";
import type { SourceRef } from "../store/ledger-store.ts";
import type { Store } from "../store/store.ts";

/** What a judge is shown of a labelled item, and what people's and its own feedback is there. */
export interface ShownItem {
  readonly item: JudgedItem;
  readonly sources: readonly SourceRef[];
  readonly assessments: readonly Assessment[];
}

type Where = { readonly sessionId: string } | { readonly traceId: string };

const MOST = 500;

/** What was said by others than people, newest last: a label must not tell the judge its answer. */
function feedbackBeside(assessments: readonly Assessment[]): Record<string, Json> {
  const said = assessments
    .filter(({ kind, source }) => kind === "feedback" && source !== "human" && source !== "end_user")
    .toSorted((a, b) => a.createdUs - b.createdUs);
  return Object.fromEntries(said.map(({ name, value }) => [name, value]));
}

/** Stated expectations alone: those that are made of complaints would repeat a label in other words. */
function expectationsBeside(
  assessments: readonly Assessment[],
  labelName: string,
): ExampleContent["expectations"] {
  return expectationsFrom(
    assessments.filter(({ kind, name }) => kind === "expectation" && name !== labelName),
  );
}

const NOT_RUN = {
  messages: [],
  toolCalls: [],
  state: null,
  error: null,
  durationMs: null,
  costUsd: null,
  inputTokens: null,
  outputTokens: null,
  steps: null,
  traceIds: [],
  sessionId: null,
};

/** A session or trace as a judge may see it that is checked against labels on it; null when it is not there any more. */
export async function observedItem(
  store: Store,
  projectId: string,
  where: Where,
  labelName: string,
  stated: ExampleContent["expectations"] = {},
): Promise<ShownItem | null> {
  const record = await recordedRun(store, projectId, where);
  if (!record) return null;
  const assessments = await store.traces.readAssessments({
    projectId,
    ...where,
    includeTraces: true,
    limit: MOST,
  });
  const expectations = { ...expectationsBeside(assessments, labelName), ...stated };
  const evidence = { ...record.evidence, feedback: feedbackBeside(assessments) };
  const item = itemOf({ inputs: record.inputs, expectations }, { run: record.run, evidence });
  return { item, sources: [where], assessments };
}

const textOf = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

const message = (role: Message["role"], text: string): Message => ({ role, parts: [{ type: "text", text }] });

/** The example's own answer, given with it as `output` among its expectations where it was not observed. */
function writtenItem(example: Example, expectations: ExampleContent["expectations"]): ShownItem | null {
  const { output: given = null, ...rest } = expectations;
  const output = example.recorded ?? given;
  if (output === null) return null;
  const conversation = [
    ...example.messages,
    message("user", textOf(example.inputs)),
    message("assistant", textOf(output)),
  ];
  const item = itemOf(
    { ...example, expectations: rest },
    { run: { ...NOT_RUN, status: "ok", output }, evidence: { ...NO_EVIDENCE, conversation } },
  );
  return { item, sources: sourcesOf(example), assessments: [] };
}

/** Two answers to one example, given as `first` and `second` among its expectations; null: one of them is not there. */
export function pairOfItems(
  example: Example,
  labelName: string,
): { readonly first: JudgedItem; readonly second: JudgedItem } | null {
  const { [labelName]: _, first = null, second = null, ...others } = example.expectations;
  const expectations = withoutComplaints(others);
  const [one, other] = [first, second].map((output) =>
    writtenItem({ ...example, recorded: output }, expectations),
  );
  return one && other ? { first: one.item, second: other.item } : null;
}

/** An example as a judge may see it: what it came from, else the answer that was given with it. Null: there is neither. */
export async function exampleItem(
  store: Store,
  projectId: string,
  example: Example,
  labelName: string,
): Promise<ShownItem | null> {
  const { [labelName]: _, ...others } = example.expectations;
  const expectations = withoutComplaints(others);
  const { sessionId, traceId } = example.origin;
  const where = sessionId === null ? traceId && { traceId } : { sessionId };
  const observed = where ? await observedItem(store, projectId, where, labelName, expectations) : null;
  return observed ?? writtenItem(example, expectations);
}
