import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { MediaItem, Message } from "../../model/message.ts";
import { NO_USAGE, type Span, type Usage } from "../../model/span.ts";
import { newFound, parseMessages } from "../conventions/index.ts";
import { anyField, booleanField, numberField, objectField, parsedOrText, textField } from "../fields.ts";
import { spanIdOf, syntheticSpan, traceIdOf } from "../synthetic.ts";

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

interface Tool {
  readonly name: string;
  readonly input: Json;
  readonly startUs: number;
  endUs: number | null;
  output: Json;
  failed: boolean;
}

/** One turn of a rollout: what the user asked, the model's answers, and the tool calls between them. */
export function createTurn(state: RolloutState, ordinal: number, startUs: number, carried: Message[]) {
  const traceId = traceIdOf("codex-rollout", state.sessionId, String(ordinal));
  const rootId = spanIdOf(traceId, "root");
  const calls: Call[] = [];
  const tools = new Map<string, Tool>();
  const media = new Map<string, MediaItem>();
  const failures: string[] = [];
  let open: Call | null = null;
  let pending: Message[] = carried;
  let prompt: Message[] | null = null;
  let lastUs = startUs;

  const read = (items: Json[], role: Message["role"]): Message[] =>
    parseMessages(items, newFound(media), role) ?? [];

  function openCall(timeUs: number): Call {
    const call: Call = {
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
  }

  return {
    traceId,
    chars: 0,
    addInput(item: JsonObject, timeUs: number, isPrompt: boolean): void {
      open = null;
      const messages = read([item], "user");
      pending.push(...messages);
      if (isPrompt) prompt = [...(prompt ?? []), ...messages];
      lastUs = Math.max(lastUs, timeUs);
    },
    addSummary(text: string, timeUs: number): void {
      open = null;
      pending = [{ role: "user", parts: [{ type: "compaction", text }] }];
      lastUs = Math.max(lastUs, timeUs);
    },
    addAnswer(item: JsonObject, timeUs: number): void {
      open ??= openCall(timeUs);
      open.items.push(item);
      open.endUs = timeUs;
      const callId = textField(item, "call_id", "id");
      const name = textField(item, "name") ?? textField(item, "type")?.replace(/_call$/, "") ?? "unknown";
      if (/_call$/.test(textField(item, "type") ?? "") && callId !== null) {
        const input = anyField(item, "arguments", "input", "action");
        tools.set(callId, {
          name,
          input: typeof input === "string" ? parsedOrText(input) : input,
          startUs: timeUs,
          endUs: null,
          output: null,
          failed: textField(item, "status") === "failed",
        });
      }
      lastUs = Math.max(lastUs, timeUs);
    },
    addResult(item: JsonObject, timeUs: number): void {
      open = null;
      pending.push(...read([item], "tool"));
      const tool = tools.get(textField(item, "call_id") ?? "");
      if (tool) {
        const result = toolOutput(item["output"] ?? null);
        tool.endUs = timeUs;
        tool.output = resultOf(read([{ ...item, output: result.output }], "tool"));
        tool.failed = result.failed;
      }
      lastUs = Math.max(lastUs, timeUs);
    },
    /** Usage of the newest answer that has none yet; false when there is no such answer. */
    addUsage(usage: Usage, timeUs: number): boolean {
      const call = calls.findLast((candidate) => candidate.usage === null);
      if (!call) return false;
      call.usage = usage;
      lastUs = Math.max(lastUs, timeUs);
      return true;
    },
    addUnansweredUsage(usage: Usage, timeUs: number): void {
      open = null;
      openCall(timeUs).usage = usage;
    },
    fail(reason: string): void {
      failures.push(reason);
    },
    /** Input that no answer followed: the next turn's first call has it. */
    rest: (): Message[] => pending,
    finish(): { spans: Span[]; media: MediaItem[] } {
      const frame = {
        traceId,
        sessionId: state.sessionId,
        service: state.service,
        scope: "codex-rollout",
        commit: state.commit,
      };
      const answers = calls.map((call) => read(call.items, "assistant"));
      const spans = calls.map((call, index) =>
        syntheticSpan({
          ...frame,
          spanId: spanIdOf(traceId, "llm", String(index)),
          parentSpanId: rootId,
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
            outputMessages: joined(answers[index] ?? []),
          },
        }),
      );
      for (const [callId, tool] of tools) spans.push(toolSpan(frame, rootId, callId, tool));
      const last = joined(answers.findLast((messages) => messages.some(hasText)) ?? []);
      const root = syntheticSpan({
        ...frame,
        spanId: rootId,
        name: "codex.turn",
        kind: "agent",
        startUs,
        endUs: lastUs,
        status: failures.length > 0 ? "error" : "ok",
        errorType: failures[0] ?? null,
        agentName: "codex",
        tags: state.tags,
        content: { inputMessages: prompt, outputMessages: last && textOnly(last) },
      });
      return { spans: [root, ...spans], media: [...media.values()] };
    },
  };
}
export type Turn = ReturnType<typeof createTurn>;

function toolSpan(
  frame: { traceId: string; sessionId: string; service: string; scope: string; commit: string | null },
  parentSpanId: string,
  callId: string,
  tool: Tool,
): Span {
  return syntheticSpan({
    ...frame,
    spanId: spanIdOf(frame.traceId, "tool", callId),
    parentSpanId,
    name: `execute_tool ${tool.name.slice(0, 200)}`,
    kind: "tool",
    startUs: tool.startUs,
    endUs: tool.endUs,
    status: tool.failed ? "error" : tool.endUs === null ? "unset" : "ok",
    statusMessage: tool.failed && typeof tool.output === "string" ? tool.output.slice(0, 500) : null,
    errorType: tool.failed ? "tool_error" : null,
    toolName: tool.name,
    toolCallId: callId,
    content: { input: tool.input, output: tool.output },
  });
}

const resultOf = (messages: readonly Message[]): Json => {
  const part = messages[0]?.parts[0];
  return part?.type === "tool_result" ? part.result : null;
};

const hasText = (message: Message): boolean => message.parts.some((part) => part.type === "text");

/** One answer comes as several items: reasoning, text, calls. */
function joined(messages: readonly Message[]): Message[] | null {
  const parts = messages.flatMap((message) => message.parts);
  return parts.length === 0 ? null : [{ role: "assistant", parts }];
}

const textOnly = (messages: readonly Message[]): Message[] =>
  messages.map((message) => ({ ...message, parts: message.parts.filter((part) => part.type === "text") }));

/** Outputs are text, blocks, or JSON text `{output, metadata: {exit_code}}`; newer ones tell the code in words. */
function toolOutput(value: Json): { output: Json; failed: boolean } {
  const parsed = typeof value === "string" ? parsedOrText(value) : value;
  if (isJsonObject(parsed)) {
    const exit = numberField(objectField(parsed, "metadata") ?? {}, "exit_code");
    const failed = booleanField(parsed, "success") === false || (exit !== null && exit !== 0);
    return { output: anyField(parsed, "output", "content") ?? value, failed };
  }
  const said = typeof value === "string" ? EXIT_CODE.exec(value.slice(0, 400))?.[1] : undefined;
  return { output: value, failed: said !== undefined && said !== "0" };
}

const EXIT_CODE = /^(?:Exit code: |Process exited with code )(\d{1,4})/m;
