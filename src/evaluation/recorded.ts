import { z } from "zod";
import type { Example } from "../model/example.ts";
import type { Json } from "../model/json.ts";
import type { TraceSummary } from "../model/trace.ts";
import { readEvidence } from "../reading/evidence.ts";
import { tracesOf } from "../reading/store-pages.ts";
import type { Store } from "../store/store.ts";
import { firstUserText, sameQuestion } from "./example-text.ts";
import { NO_EVIDENCE, type RunRecord } from "./run-record.ts";

/** How examples find what already happened: the traces they came from, or those with an equal tag. */
export const RecordedMatch = z.discriminatedUnion("by", [
  z.object({ by: z.literal("origin") }),
  z.object({
    by: z.literal("tag"),
    tag: z.string(),
    /** Session ids by tag value, in order of start: fixed when the evaluation begins. */
    sessions: z.record(z.string(), z.array(z.string())),
  }),
]);
export type RecordedMatch = z.infer<typeof RecordedMatch>;

type Traces = Pick<Store, "traces">;

const MAX_TRACES = 2_000;
const MOST_FEEDBACK = 5_000;

/** Feedback on a session and its traces by name; the newest counts. */
async function feedbackOf(
  store: Traces,
  projectId: string,
  where: { sessionId: string } | { traceId: string },
) {
  const assessments = await store.traces.readAssessments({
    projectId,
    ...where,
    includeTraces: true,
    limit: MOST_FEEDBACK,
  });
  const feedback: Record<string, Json> = {};
  for (const { kind, name, value, turn } of assessments.toSorted((a, b) => a.createdUs - b.createdUs))
    if (kind === "feedback" && turn === undefined) feedback[name] = value;
  return feedback;
}

/** No run: missing data, with why in our own words. */
export const missingRun = (why: string): RunRecord => ({
  run: {
    status: "missing",
    output: null,
    messages: [],
    toolCalls: [],
    state: null,
    error: why,
    durationMs: null,
    costUsd: null,
    inputTokens: null,
    outputTokens: null,
    steps: null,
    traceIds: [],
    sessionId: null,
  },
  evidence: NO_EVIDENCE,
});

/** An answer that came with the example itself, without a trace. */
export const givenRun = (output: Json): RunRecord => {
  const { run, evidence } = missingRun("");
  return { run: { ...run, status: "ok", output, error: null }, evidence };
};

async function readTraces(store: Traces, projectId: string, sessionId: string): Promise<TraceSummary[]> {
  const traces: TraceSummary[] = [];
  for await (const trace of tracesOf(store.traces, projectId, sessionId)) {
    traces.push(trace);
    if (traces.length >= MAX_TRACES) break;
  }
  return traces;
}

/** A stored session or trace as if it had just been run. */
export async function recordedRun(
  store: Traces,
  projectId: string,
  where: { readonly sessionId: string } | { readonly traceId: string },
): Promise<(RunRecord & { readonly inputs: Json }) | null> {
  const isSession = "sessionId" in where;
  const traces = isSession
    ? await readTraces(store, projectId, where.sessionId)
    : [await store.traces.getTrace(projectId, where.traceId)].filter((trace) => trace !== undefined);
  if (traces.length === 0) return null;
  const { facts, cuts, inputs, ...evidence } = await readEvidence(store.traces, projectId, traces, isSession);
  const { ok, error, innerErrors, ...numbers } = facts;
  return {
    inputs,
    run: {
      status: ok ? (evidence.output === null ? "empty" : "ok") : "error",
      output: evidence.output,
      messages: [],
      toolCalls: evidence.toolCalls.map(({ name, arguments: given, result }) => ({
        name,
        arguments: given,
        result,
      })),
      state: null,
      error,
      ...numbers,
      traceIds: traces.map(({ traceId }) => traceId),
      sessionId: traces[0]?.sessionId ?? null,
    },
    evidence: {
      system: evidence.system,
      conversation: [...evidence.conversation],
      turns: [...evidence.turns],
      toolCalls: [...evidence.toolCalls],
      tools: evidence.tools,
      retrievals: evidence.retrievals.map((retrieval) => ({
        ...retrieval,
        documents: [...retrieval.documents],
      })),
      innerErrors,
      cutOff: evidence.cutOff,
      cuts: [...cuts],
      feedback: await feedbackOf(store, projectId, where),
    },
  };
}

/** The example's own question and what the session was first asked, where both are known as text. */
function differs(example: Example, record: RunRecord): boolean {
  const asked = firstUserText(example);
  const said = record.evidence.conversation.find(({ role }) => role === "user");
  const text = said?.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
  return asked !== null && text !== undefined && !sameQuestion(asked, text);
}

/**
 * What already happened to an example, instead of running the agent. A tag that matches a session whose first
 * question is another one is never paired: published runs do get their ids wrong.
 */
export async function matchRecorded(
  store: Store,
  projectId: string,
  example: Example,
  repeat: number,
  match: RecordedMatch,
): Promise<RunRecord> {
  if (match.by === "origin") {
    const { sessionId, traceId } = example.origin;
    const where = sessionId === null ? traceId && { traceId } : { sessionId };
    const record = repeat === 0 && where ? await recordedRun(store, projectId, where) : null;
    if (record) return record;
    return repeat === 0 && example.recorded !== null
      ? givenRun(example.recorded)
      : missingRun("nothing was recorded for this example");
  }
  const value = example.tags[match.tag];
  const sessionId = value === undefined ? undefined : match.sessions[value]?.[repeat];
  if (sessionId === undefined) return missingRun(`no session has this example's ${match.tag}`);
  const record = await recordedRun(store, projectId, { sessionId });
  if (!record) return missingRun("the session has no traces");
  return differs(example, record) ? missingRun("the tag is equal, the input is another one") : record;
}
