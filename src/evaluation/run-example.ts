import type { Allowance } from "../metering/allowance.ts";
import type { ResultRun } from "../model/evaluation.ts";
import type { Example } from "../model/example.ts";
import type { JudgedToolCall } from "../model/judged-item.ts";
import type { Spend } from "../model/ledger.ts";
import type { ToolCall } from "../model/target-run.ts";
import type { TraceSummary } from "../model/trace.ts";
import { type Evidence, readEvidence } from "../reading/evidence.ts";
import type { TraceStore } from "../store/store.ts";
import { type ConversationRun, runTurns } from "../targets/conversation.ts";
import { canonicalMessages, chatMessages } from "../targets/messages.ts";
import { errorText } from "../targets/output.ts";
import type { OpenTarget } from "../targets/serve.ts";
import { askedText } from "./example-text.ts";
import type { TraceJoin } from "./join-traces.ts";
import type { Ran } from "./obtain.ts";
import type { RunEvidence, RunRecord } from "./run-record.ts";
import { runSpan } from "./run-span.ts";
import { usageOf } from "./run-usage.ts";

export interface RunExampleOptions {
  readonly target: OpenTarget;
  /** Of a metered target. */
  readonly allowance: Allowance | null;
  /** What a run of which nobody said a cost is charged: nothing where its model calls are known to be counted. */
  usdOfSilence(): number | null;
  /** Its inputs alone are the question: no message of the user is made of them. */
  readonly asksItself: boolean;
  readonly join: TraceJoin;
  readonly traces: TraceStore;
  readonly projectId: string;
  readonly sessionId: string;
  /** Id of the evaluation or campaign that it is of. */
  readonly label: string;
  /** Texts instead of the agent's own, by the prompt's name. */
  readonly prompts: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** What the user says, turn by turn. */
const scriptOf = ({ inputs, turns }: Example): [string, ...string[]] => [
  askedText(inputs) ?? JSON.stringify(inputs),
  ...turns,
];

const judgedCall = (call: ToolCall, turn: number): JudgedToolCall => {
  const error = errorText(call.error);
  return {
    name: call.name,
    arguments: call.arguments,
    result: error ?? call.result ?? null,
    isError: error !== null,
    spanId: null,
    turn,
  };
};

const outcomeOf = (seen: JudgedToolCall | undefined) =>
  seen && { result: seen.result, isError: seen.isError, spanId: seen.spanId };

/** What the target said; of calls that it named without their results, what its traces show of the same ones. */
function toolCallsOf({ turns }: ConversationRun, evidence: Evidence | null): RunEvidence["toolCalls"] {
  const told = turns.flatMap(({ toolCalls }, i) => toolCalls.map((call) => judgedCall(call, i + 1)));
  const seen = evidence?.toolCalls ?? [];
  if (told.length === 0) return [...seen];
  const isBare = told.every(({ result, isError }) => result === null && !isError);
  const isSame = told.length === seen.length && told.every(({ name }, i) => name === seen[i]?.name);
  if (!isBare || !isSame) return told;
  return told.map((call, i) => ({ ...call, ...outcomeOf(seen[i]) }));
}

function errorOf({ run, notPlayed }: ConversationRun): string | null {
  if (run.status === "ok") return null;
  const rest = notPlayed > 0 ? `${notPlayed} further turns were not played` : null;
  return [run.reason, run.error, rest]
    .filter((text) => text !== null)
    .join(": ")
    .slice(0, 4_000);
}

async function play(example: Example, options: RunExampleOptions): Promise<ConversationRun> {
  const { target, asksItself, sessionId, prompts, signal } = options;
  const how = { signal, allowance: options.allowance ?? undefined };
  const request = {
    inputs: example.inputs,
    messages: chatMessages(example.messages),
    sessionId,
    exampleId: example.id,
    prompts: { ...prompts },
  };
  const script = scriptOf(example);
  if (!asksItself || script.length > 1 || example.messages.length > 0)
    return runTurns(target, request, script, how);
  const run = await target.run(request, how);
  const answer = run.status === "ok" ? [{ role: "assistant", content: run.output }] : [];
  return { run, turns: [run], messages: [{ role: "user", content: script[0] }, ...answer], notPlayed: 0 };
}

/**
 * The root of each trace that came, so that no span of it names a parent that is nowhere. A target that sends nothing gets
 * no traces of ours.
 */
async function addRunSpans(
  example: Example,
  { turns }: ConversationRun,
  found: readonly TraceSummary[],
  { traces, projectId, label }: RunExampleOptions,
): Promise<void> {
  const came = new Set(found.map(({ traceId }) => traceId));
  const spans = turns
    .filter(({ traceId }) => came.has(traceId))
    .map((run) => runSpan(run, { label, exampleId: example.id }));
  if (spans.length > 0)
    await traces.insert([{ projectId, spans, media: [], assessments: [], sessionTags: [] }]);
}

/** Runs one example to its end and joins what its traces show; all of it is one answer of the ledger. */
export async function runExample(example: Example, options: RunExampleOptions): Promise<Ran> {
  const { join, traces, projectId, signal } = options;
  const played = await play(example, options);
  const traceIds = played.turns.map(({ traceId }) => traceId);
  const found = await join.of(traceIds, signal);
  signal.throwIfAborted();
  const evidence =
    found.length === 0 ? null : await readEvidence(traces, projectId, found, example.turns.length > 0);
  await addRunSpans(example, played, found, options);
  const record = recordOf(played, evidence, { ...options, traceIds: found.map(({ traceId }) => traceId) });
  const { inputTokens, outputTokens, costUsd } = record.run;
  const silence = record.run.metered?.calls === 0 ? options.usdOfSilence() : null;
  const told: Spend = { calls: 1, tokens: (inputTokens ?? 0) + (outputTokens ?? 0), usd: costUsd ?? silence };
  const { total, rest } = options.allowance?.close(told) ?? { total: told, rest: told };
  return { record, total, spent: rest, overBudget: options.allowance?.refused() ?? null };
}

function recordOf(
  played: ConversationRun,
  evidence: Evidence | null,
  { sessionId, traceIds }: { readonly sessionId: string; readonly traceIds: string[] },
): RunRecord {
  const { run } = played;
  const told = canonicalMessages(played.messages);
  const hasCalls = told.some(({ parts }) => parts.some(({ type }) => type === "tool_call"));
  const seen = evidence?.conversation ?? [];
  const toolCalls = toolCallsOf(played, evidence);
  const result: ResultRun = {
    status: run.status,
    output: run.output,
    messages: told,
    toolCalls: toolCalls.map(({ name, arguments: given, result: gave }) => ({
      name,
      arguments: given,
      result: gave,
    })),
    state: run.state,
    error: errorOf(played),
    durationMs: run.durationMs,
    steps: evidence?.facts.steps ?? null,
    ...usageOf(run, evidence?.facts ?? null),
    traceIds,
    sessionId,
  };
  return {
    run: result,
    evidence: {
      system: evidence?.system ?? null,
      conversation: hasCalls || seen.length === 0 ? told : [...seen],
      toolCalls,
      tools: evidence?.tools ?? null,
      retrievals: (evidence?.retrievals ?? []).map((retrieval) => ({
        ...retrieval,
        documents: [...retrieval.documents],
      })),
      innerErrors: evidence?.facts.innerErrors ?? null,
      cutOff: evidence?.cutOff === true || played.turns.some(({ cutOff }) => cutOff),
      cuts: [...(evidence?.cuts ?? [])],
      feedback: {},
    },
  };
}
