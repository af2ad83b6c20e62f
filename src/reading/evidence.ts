import type { Json } from "../model/json.ts";
import type { JudgedToolCall, Retrieval, RunFacts } from "../model/judged-item.ts";
import type { Message, Part } from "../model/message.ts";
import type { Totals, TraceSummary } from "../model/trace.ts";
import type { Cut } from "../model/verdict.ts";
import type { TraceStore } from "../store/store.ts";
import { cut } from "./budget.ts";
import { readSpanFacts } from "./evidence-spans.ts";
import { writeRows } from "./transcript/build.ts";
import { draftTraces } from "./transcript/draft.ts";
import type { TranscriptRow } from "./transcript/rows.ts";

/** What traces show of a run or a conversation, in the form that judges look at. */
export interface Evidence {
  /** What the user asked last before the answer; of a session the first thing asked. */
  readonly inputs: Json;
  readonly output: Json;
  readonly system: string | null;
  readonly conversation: readonly Message[];
  /** The turn of each of its messages. */
  readonly turns: readonly number[];
  readonly toolCalls: readonly JudgedToolCall[];
  readonly tools: Json;
  readonly retrievals: readonly Retrieval[];
  readonly facts: RunFacts;
  /** The last model call of a trace, which is where its answer comes from, ended at a limit of tokens or steps. */
  readonly cutOff: boolean;
  readonly cuts: readonly Cut[];
}

/** Bounds of what is held in memory for one item; far beyond what any judge is sent. */
const MAX_ROW_CHARS = 60_000;
const MAX_CHARS = 1_500_000;

interface Gathered {
  readonly messages: Message[];
  readonly turns: number[];
  readonly toolCalls: JudgedToolCall[];
  readonly userTexts: string[];
  answer: string | null;
  chars: number;
  cutChars: number;
  rowsLeftOut: number;
}

const message = (role: Message["role"], ...parts: Part[]): Message => ({ role, parts });

function takeTool(gathered: Gathered, row: TranscriptRow, text: string): void {
  const { tool } = row;
  if (!tool) return;
  const { name, callId: id } = tool;
  gathered.toolCalls.push({
    name,
    arguments: tool.arguments,
    result: tool.answered ? text : null,
    isError: tool.isError,
    spanId: row.spanId,
    turn: row.turn,
  });
  gathered.messages.push(message("assistant", { type: "tool_call", id, name, arguments: tool.arguments }));
  if (tool.answered)
    gathered.messages.push(
      message("tool", { type: "tool_result", id, name, result: text, isError: tool.isError }),
    );
}

function takeRow(gathered: Gathered, row: TranscriptRow): void {
  if (gathered.chars > MAX_CHARS) {
    gathered.rowsLeftOut += 1;
    return;
  }
  const shown = cut(row.text, MAX_ROW_CHARS);
  gathered.chars += shown.text.length;
  gathered.cutChars += shown.omittedChars;
  if (row.role === "tool") takeTool(gathered, row, shown.text);
  else if (row.role === "user") {
    gathered.userTexts.push(shown.text);
    gathered.messages.push(message("user", { type: "text", text: shown.text }));
  } else if (row.role === "assistant") {
    gathered.answer = shown.text;
    gathered.messages.push(message("assistant", { type: "text", text: shown.text }));
  } else gathered.messages.push(message("system", { type: "other", kind: row.role, value: shown.text }));
  while (gathered.turns.length < gathered.messages.length) gathered.turns.push(row.turn);
}

const sum = (traces: readonly TraceSummary[], of: (totals: Totals) => number | null): number | null => {
  const known = traces.map(({ totals }) => of(totals)).filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0);
};

function factsOf(traces: readonly TraceSummary[]): RunFacts {
  const durations = traces.map(({ startUs, endUs }) => (endUs === null ? null : (endUs - startUs) / 1_000));
  const last = traces.at(-1);
  return {
    ok: last?.status !== "error",
    error: last?.status === "error" ? last.errorPreview : null,
    durationMs: durations.reduce<number | null>((a, b) => (a === null || b === null ? null : a + b), 0),
    costUsd: sum(traces, (totals) => totals.costUsd),
    inputTokens: sum(traces, (totals) => totals.inputTokens),
    outputTokens: sum(traces, (totals) => totals.outputTokens),
    steps: sum(traces, (totals) => totals.llmCalls + totals.toolCalls),
    innerErrors: sum(traces, (totals) => totals.errors),
  };
}

/**
 * The evidence of some traces, oldest first, taken as one conversation: its transcript as messages, each once; tool
 * calls, retrievals, instructions and tools; cost and errors. Holds at most about 1.5 million characters; what is beyond is counted in `cuts`.
 * @param whole true for a conversation that is judged as one; false when its last answer is.
 */
export async function readEvidence(
  store: TraceStore,
  projectId: string,
  traces: readonly TraceSummary[],
  whole: boolean,
): Promise<Evidence> {
  const drafted = await draftTraces(store, projectId, traces);
  const gathered: Gathered = {
    messages: [],
    turns: [],
    toolCalls: [],
    userTexts: [],
    answer: null,
    chars: 0,
    cutChars: 0,
    rowsLeftOut: 0,
  };
  for await (const row of writeRows(store, projectId, drafted.rows)) takeRow(gathered, row);
  const spans = await readSpanFacts(store, projectId, traces);
  const { messages, toolCalls, userTexts, answer } = gathered;
  return {
    inputs: (whole ? userTexts[0] : userTexts.at(-1)) ?? null,
    output: answer,
    conversation: messages,
    turns: gathered.turns,
    toolCalls,
    ...spans,
    facts: factsOf(traces),
    cuts: [
      ...(gathered.cutChars > 0
        ? [{ what: "long texts of the conversation", chars: gathered.cutChars }]
        : []),
      ...(gathered.rowsLeftOut > 0
        ? [{ what: "rows at the end of the conversation (counted in rows)", chars: gathered.rowsLeftOut }]
        : []),
    ],
  };
}
