import type { Json } from "../../model/json.ts";
import type { MediaItem, Message } from "../../model/message.ts";
import type { Span } from "../../model/span.ts";
import { newFound, parseMessages } from "../conventions/index.ts";
import { syntheticSpan } from "../synthetic.ts";
import { createCalls } from "./claude-code-calls.ts";
import { frameOf, type RunOptions } from "./claude-code-frame.ts";
import { isInterruption, type Row } from "./claude-code-row.ts";
import { createTools } from "./claude-code-tools.ts";

/**
 * One agent at work on one prompt: its rows in order -> an agent span, a model call per answer and a tool span
 * per call. A model call's input is what is new since the call before it; the calls in order are the conversation.
 * `carried`: what was said before the first row and answered by no call yet.
 */
export function createRun(options: RunOptions, first: Row, carried: Message[] = []) {
  const calls = createCalls();
  const tools = createTools();
  const media = new Map<string, MediaItem>();
  let pending: Message[] = carried;
  let prompt: Message[] | null = null;
  let lastUs = first.timeUs;
  let startUs = first.timeUs;
  let interrupted = false;

  const read = (value: Json, fallback: Message["role"] = "tool"): Message[] =>
    parseMessages([value], newFound(media), fallback) ?? [];
  const takePending = (): Message[] => {
    const taken = pending;
    pending = [];
    return taken;
  };

  function addUser(row: Row): void {
    for (const block of row.results) tools.end(block, row, read);
    interrupted ||= isInterruption(row);
    const messages = read({ ...row.message, role: "user" }, "user").map((message) => asWritten(message, row));
    pending.push(...messages);
    if (prompt === null && !row.meta && !row.summary && row.results.length === 0) prompt = messages;
  }

  return {
    traceId: options.traceId,
    spanId: options.spanId,
    add(row: Row): void {
      if (row.role === "user") addUser(row);
      else {
        for (const block of calls.add(row, lastUs, takePending)) {
          if (block["type"] === "tool_use") tools.open(block, row);
        }
      }
      startUs = Math.min(startUs, row.timeUs);
      lastUs = Math.max(lastUs, row.timeUs);
    },
    /** What no call has answered: the first call of the next run hears it. */
    rest: (): Message[] => pending,
    /** Neither asked nor answered anything: notices only. */
    isEmpty: (): boolean => prompt === null && calls.count() === 0,
    hasCall: calls.has,
    toolFor: tools.toolFor,
    startedAgents: tools.startedAgents,
    finish(parentSpanId: string | null): { spans: Span[]; media: MediaItem[] } {
      const answers = calls.spans(options, read);
      const root = rootSpan(options, { parentSpanId, startUs, endUs: lastUs, interrupted, prompt, answers });
      return { spans: [root, ...answers, ...tools.spans(options)], media: [...media.values()] };
    },
  };
}
export type Run = ReturnType<typeof createRun>;

function rootSpan(
  options: RunOptions,
  facts: {
    readonly parentSpanId: string | null;
    readonly startUs: number;
    readonly endUs: number;
    readonly interrupted: boolean;
    readonly prompt: Message[] | null;
    readonly answers: readonly Span[];
  },
): Span {
  const { parentSpanId, startUs, endUs, interrupted, prompt, answers } = facts;
  return syntheticSpan({
    ...frameOf(options),
    spanId: options.spanId,
    parentSpanId,
    name: options.name,
    kind: "agent",
    startUs,
    endUs,
    agentName: options.agentName,
    status: interrupted ? "error" : "ok",
    errorType: interrupted ? "interrupted" : null,
    tags: options.tags,
    content: {
      inputMessages: prompt,
      outputMessages: answers.map(withoutCalls).findLast((answer) => answer !== null) ?? null,
    },
  });
}

function asWritten(message: Message, row: Row): Message {
  if (row.summary) {
    const text = message.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
    return { role: "user", parts: [{ type: "compaction", text }] };
  }
  return row.meta && message.role === "user" ? { ...message, role: "system" } : message;
}

const withoutCalls = (span: Span): Message[] | null => {
  const messages = (span.content.outputMessages ?? []).map((message) => ({
    ...message,
    parts: message.parts.filter((part) => part.type === "text" || part.type === "media"),
  }));
  return messages.some((message) => message.parts.length > 0) ? messages : null;
};
