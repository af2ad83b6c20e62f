import type { Assessment } from "../../src/model/assessment.ts";
import type { Message } from "../../src/model/message.ts";
import { ABSENT, NO_CONTENT, type Span } from "../../src/model/span.ts";
import type { TraceBatch } from "../../src/store/store.ts";

/** 2026-01-01T00:00:00Z in microseconds. */
export const T0 = Date.UTC(2026, 0, 1) * 1000;

export const traceIdOf = (n: number): string => n.toString(16).padStart(32, "0");
export const spanIdOf = (n: number): string => n.toString(16).padStart(16, "0");

/** A small finished span; `content` and `source` are merged with empty ones. */
export function makeSpan(
  overrides: Partial<Omit<Span, "content" | "source">> & {
    content?: Partial<Span["content"]>;
    source?: Partial<Span["source"]>;
  } = {},
): Span {
  return {
    ...ABSENT,
    traceId: traceIdOf(1),
    spanId: spanIdOf(1),
    name: "work",
    startUs: T0,
    endUs: T0 + 1_000_000,
    ...overrides,
    content: { ...NO_CONTENT, ...overrides.content },
    source: { attributes: {}, resource: {}, events: [], links: [], ...overrides.source },
  };
}

export const makeBatch = (spans: readonly Span[], overrides: Partial<TraceBatch> = {}): TraceBatch => ({
  projectId: "shop",
  spans,
  media: [],
  assessments: [],
  sessionTags: [],
  ...overrides,
});

let assessments = 0;

export const makeAssessment = (overrides: Partial<Assessment> = {}): Assessment => ({
  id: `a${++assessments}`,
  kind: "feedback",
  name: "thumbs",
  value: true,
  rationale: null,
  quote: null,
  source: "human",
  sourceId: null,
  traceId: null,
  spanId: null,
  sessionId: null,
  responseId: null,
  createdUs: T0 + assessments,
  supersededBy: null,
  ...overrides,
});

export const textMessage = (role: Message["role"], text: string): Message => ({
  role,
  parts: [{ type: "text", text }],
});

/** The question and answer of each turn: `[user 0, assistant 0, user 1, ...]`. */
export const makeTurns = (turns: number, words = "please look at my order"): Message[] =>
  Array.from({ length: turns * 2 }, (_, i) =>
    textMessage(i % 2 === 0 ? "user" : "assistant", `${words}, message ${i} of this conversation`),
  );

/**
 * A conversation in which each model call sends the whole history again: one trace a turn, one llm span each,
 * with the history in the canonical messages and, as a source would have it, in a string attribute.
 */
export function makeConversation(options: {
  sessionId: string;
  turns: number;
  firstTrace?: number;
  words?: string;
}): Span[] {
  const all = makeTurns(options.turns, `${options.words ?? "my order"} ${options.sessionId}`);
  return Array.from({ length: options.turns }, (_, turn) => {
    const input = all.slice(0, turn * 2 + 1);
    const output = all.slice(turn * 2 + 1, turn * 2 + 2);
    const trace = (options.firstTrace ?? 1) + turn;
    return makeSpan({
      traceId: traceIdOf(trace),
      spanId: spanIdOf(trace),
      name: "chat",
      kind: "llm",
      model: "gpt-5",
      sessionId: options.sessionId,
      startUs: T0 + trace * 1_000_000,
      endUs: T0 + trace * 1_000_000 + 500_000,
      content: { inputMessages: input, outputMessages: output },
      source: {
        attributes: {
          "gen_ai.operation.name": "chat",
          "gen_ai.input.messages": JSON.stringify(input),
          "gen_ai.output.messages": JSON.stringify(output),
        },
        resource: { "service.name": "shop-agent" },
      },
    });
  });
}
