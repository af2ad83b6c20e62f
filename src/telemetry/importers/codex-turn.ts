import type { Json, JsonObject } from "../../model/json.ts";
import type { MediaItem, Message } from "../../model/message.ts";
import { NO_USAGE, type Span, type Usage } from "../../model/span.ts";
import { newFound, parseMessages } from "../conventions/index.ts";
import { spanIdOf, syntheticSpan, traceIdOf } from "../synthetic.ts";
import { createTools, type TurnFrame } from "./codex-tools.ts";

/** What a rollout says once for all turns after it. */
export interface RolloutState {
  sessionId: string;
  model: string | null;
  provider: string | null;
  service: string;
  commit: string | null;
  tags: Record<string, string>;
}

interface Call {
  readonly input: Message[];
  readonly items: Json[];
  readonly startUs: number;
  readonly model: string | null;
  endUs: number;
  usage: Usage | null;
}

/** One turn of a rollout: what the user asked, the model's answers, and the tool calls between them. */
export function createTurn(state: RolloutState, ordinal: number, startUs: number, carried: Message[]) {
  const traceId = traceIdOf("codex-rollout", state.sessionId, String(ordinal));
  const calls: Call[] = [];
  const tools = createTools();
  const media = new Map<string, MediaItem>();
  const failures: string[] = [];
  let open: Call | null = null;
  let pending: Message[] = carried;
  let prompt: Message[] | null = null;
  let lastUs = startUs;

  const read = (items: Json[], role: Message["role"] = "tool"): Message[] =>
    parseMessages(items, newFound(media), role) ?? [];
  const openCall = (timeUs: number): Call => {
    const call = {
      input: pending,
      items: [],
      startUs: lastUs,
      model: state.model,
      endUs: timeUs,
      usage: null,
    };
    pending = [];
    calls.push(call);
    return call;
  };
  const passed = (timeUs: number): void => {
    lastUs = Math.max(lastUs, timeUs);
  };

  return {
    traceId,
    chars: 0,
    addInput(item: JsonObject, timeUs: number, isPrompt: boolean): void {
      open = null;
      const messages = read([item], "user");
      pending.push(...messages);
      if (isPrompt) prompt = [...(prompt ?? []), ...messages];
      passed(timeUs);
    },
    addSummary(text: string, timeUs: number): void {
      open = null;
      pending = [{ role: "user", parts: [{ type: "compaction", text }] }];
      passed(timeUs);
    },
    addAnswer(item: JsonObject, timeUs: number): void {
      open ??= openCall(timeUs);
      open.items.push(item);
      open.endUs = timeUs;
      tools.open(item, timeUs);
      passed(timeUs);
    },
    addResult(item: JsonObject, timeUs: number): void {
      open = null;
      pending.push(...read([item]));
      tools.end(item, timeUs, read);
      passed(timeUs);
    },
    /** Usage of the newest answer that has none yet; an answer that left no items gets a call of its own. */
    addUsage(usage: Usage, timeUs: number): void {
      const call = calls.findLast((candidate) => candidate.usage === null);
      if (!call) open = null;
      (call ?? openCall(timeUs)).usage = usage;
      passed(timeUs);
    },
    fail(reason: string): void {
      failures.push(reason);
    },
    /** Input that no answer followed: the next turn's first call has it. */
    rest: (): Message[] => pending,
    finish(): { spans: Span[]; media: MediaItem[] } {
      const { sessionId, service, commit } = state;
      const frame: TurnFrame = { traceId, sessionId, service, scope: "codex-rollout", commit };
      const answers = calls.map((call) => read(call.items, "assistant"));
      const facts = { startUs, endUs: lastUs, failure: failures[0] ?? null, prompt, answers };
      const root = rootSpan(frame, state, facts);
      const spans = calls.map((call, index) =>
        callSpan(frame, state, root, call, index, answers[index] ?? []),
      );
      spans.push(...tools.spans(frame, root.spanId));
      return { spans: [root, ...spans], media: [...media.values()] };
    },
  };
}
export type Turn = ReturnType<typeof createTurn>;

function rootSpan(
  frame: TurnFrame,
  state: RolloutState,
  facts: {
    readonly startUs: number;
    readonly endUs: number;
    readonly failure: string | null;
    readonly prompt: Message[] | null;
    readonly answers: readonly Message[][];
  },
): Span {
  const { startUs, endUs, failure, prompt, answers } = facts;
  const last = joined(answers.findLast((messages) => messages.some(hasText)) ?? []);
  return syntheticSpan({
    ...frame,
    spanId: spanIdOf(frame.traceId, "root"),
    name: "codex.turn",
    kind: "agent",
    startUs,
    endUs,
    status: failure === null ? "ok" : "error",
    errorType: failure,
    agentName: "codex",
    tags: { ...state.tags },
    content: { inputMessages: prompt, outputMessages: last && textOnly(last) },
  });
}

function callSpan(
  frame: TurnFrame,
  state: RolloutState,
  root: Span,
  call: Call,
  index: number,
  answer: readonly Message[],
): Span {
  return syntheticSpan({
    ...frame,
    spanId: spanIdOf(frame.traceId, "llm", String(index)),
    parentSpanId: root.spanId,
    name: "codex.response",
    kind: "llm",
    startUs: call.startUs,
    endUs: call.endUs,
    status: "ok",
    agentName: "codex",
    provider: state.provider,
    model: call.model,
    usage: call.usage ?? NO_USAGE,
    content: {
      inputMessages: call.input.length > 0 ? call.input : null,
      outputMessages: joined(answer),
    },
  });
}

const hasText = (message: Message): boolean => message.parts.some((part) => part.type === "text");

/** One answer comes as several items: reasoning, text, calls. */
function joined(messages: readonly Message[]): Message[] | null {
  const parts = messages.flatMap((message) => message.parts);
  return parts.length === 0 ? null : [{ role: "assistant", parts }];
}

const textOnly = (messages: readonly Message[]): Message[] =>
  messages.map((message) => ({ ...message, parts: message.parts.filter((part) => part.type === "text") }));
