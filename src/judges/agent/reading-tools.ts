import { z } from "zod";
import { AppError } from "../../errors.ts";
import type { LlmTool } from "../../llm/llm.ts";
import type { Answer } from "../../model/answer.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import type { TraceSummary } from "../../model/trace.ts";
import { cleanText } from "../../privacy/clean.ts";
import { findInSession, findInTrace } from "../../reading/find.ts";
import { readSession } from "../../reading/session.ts";
import { readSpan } from "../../reading/span.ts";
import { tracesOf } from "../../reading/store-pages.ts";
import { readTrace } from "../../reading/trace.ts";
import { draftTranscript } from "../../reading/transcript/draft.ts";
import type { TraceStore } from "../../store/store.ts";

/** The one recording that a judge's tools open. */
export type Recording = { readonly sessionId: string } | { readonly traceIds: readonly string[] };

/** Characters of one result, and of the overview that a judge begins with. */
const RESULT_CHARS = 6_000;
const OVERVIEW_CHARS = 10_000;

const traceId = z.string().min(6).max(64).optional().describe("Which trace, where there are several");
const cursor = z.string().max(400).optional();
const FIELDS = [
  "input",
  "output",
  "messages",
  "system",
  "tools",
  "documents",
  "attributes",
  "events",
] as const;

const SCHEMAS = {
  get_session: z.object({ cursor }),
  get_trace: z.object({ traceId, cursor }),
  get_span: z.object({
    spanId: z.string().min(6).max(32),
    traceId,
    field: z.enum(FIELDS).optional().describe("Only this field, from offset"),
    offset: z.int().min(0).optional(),
  }),
  find: z.object({ pattern: z.string().min(1).max(300).describe("Text, or /regex/i"), traceId }),
} as const;

type ToolName = keyof typeof SCHEMAS;

const DESCRIPTIONS: Readonly<Record<ToolName, string>> = {
  get_session: "The conversation as one transcript, a page at a time.",
  get_trace: "A trace as a tree of its steps, with what went in and came out, errors, and span ids.",
  get_span: "One step whole, or one long field of it from an offset.",
  find: "Where a text or a pattern occurs, with the span of each place.",
};

export interface SpanPlace {
  readonly spanId: string;
  readonly agent: string | null;
  /** As the session's transcript numbers it; null outside of sessions, and of a span that it does not show. */
  readonly turn: number | null;
}

export interface ReadingTools {
  readonly definitions: readonly LlmTool[];
  /** What a judge sees first. */
  overview(): Promise<string>;
  /** A tool's result as text: cleaned, at most 6,000 characters of JSON. What was wrong with the call is a result too. */
  run(name: string, given: Json): Promise<string>;
  /** The span of the recording that a judge names, by its id or the beginning of one. */
  place(spanId: string): Promise<SpanPlace | undefined>;
  /** Spans of the recording. */
  readonly spans: number;
  /** Of these, how many were opened one by one. */
  opened(): number;
}

const textOf = (answer: Answer | undefined): string =>
  answer === undefined ? "error: nothing there" : cleanText(JSON.stringify(answer)).text;

const definition = (name: ToolName): LlmTool => {
  const { $schema: _, ...parameters } = z.toJSONSchema(SCHEMAS[name], { io: "input" });
  return { name, description: DESCRIPTIONS[name], parameters: JSON.parse(JSON.stringify(parameters)) };
};

async function tracesIn(store: TraceStore, projectId: string, recording: Recording): Promise<TraceSummary[]> {
  if ("sessionId" in recording) {
    const found: TraceSummary[] = [];
    for await (const trace of tracesOf(store, projectId, recording.sessionId)) found.push(trace);
    return found;
  }
  const traces = await Promise.all(recording.traceIds.map((id) => store.getTrace(projectId, id)));
  return traces.filter((trace) => trace !== undefined);
}

/** The functions behind the tools that assistants read with, over one recording and nothing else; without feedback. */
export async function readingTools(
  store: TraceStore,
  projectId: string,
  recording: Recording,
): Promise<ReadingTools> {
  const traces = await tracesIn(store, projectId, recording);
  const seen = new Set<string>();
  const whichTrace = (id: string | undefined): TraceSummary => {
    const matching = id === undefined ? traces : traces.filter((trace) => trace.traceId.startsWith(id));
    const [found] = matching;
    if (found && (id !== undefined || matching.length === 1)) return found;
    throw new AppError(
      "not_found",
      id === undefined ? "There are several traces: name one" : "No such trace here",
    );
  };
  const where = { projectId, budget: RESULT_CHARS };
  const session = (from: string | undefined, budget: number) =>
    "sessionId" in recording
      ? readSession(store, {
          projectId,
          sessionId: recording.sessionId,
          cursor: from,
          budget,
          withoutFeedback: true,
        })
      : Promise.resolve(undefined);
  const turnOf = async (spanId: string, index: number): Promise<number | null> => {
    if (!("sessionId" in recording) || traces.length > 1) return index + 1;
    const { rows } = await draftTranscript(store, projectId, recording.sessionId);
    return rows.find((row) => row.spanId === spanId)?.turn ?? null;
  };
  const tools: Readonly<Record<ToolName, (given: Json) => Promise<Answer | undefined>>> = {
    get_session: (given) => session(SCHEMAS.get_session.parse(given).cursor, RESULT_CHARS),
    get_trace: (given) => {
      const { traceId: id, cursor: from } = SCHEMAS.get_trace.parse(given);
      return readTrace(store, { ...where, traceId: whichTrace(id).traceId, cursor: from });
    },
    get_span: async (given) => {
      const { spanId, traceId: id, ...part } = SCHEMAS.get_span.parse(given);
      const candidates = id === undefined ? traces : [whichTrace(id)];
      for (const trace of candidates) {
        const span = await readSpan(store, { ...where, traceId: trace.traceId, spanId, ...part });
        if (!span) continue;
        seen.add(`${trace.traceId} ${String(span.data["spanId"])}`);
        return span;
      }
      return undefined;
    },
    find: (given) => {
      const { pattern, traceId: id } = SCHEMAS.find.parse(given);
      if ("sessionId" in recording && id === undefined)
        return findInSession(store, { ...where, sessionId: recording.sessionId, pattern });
      return findInTrace(store, { ...where, traceId: whichTrace(id).traceId, pattern });
    },
  };
  const names: readonly ToolName[] = [
    ...("sessionId" in recording ? (["get_session"] as const) : []),
    "get_trace",
    "get_span",
    "find",
  ];
  return {
    definitions: names.map(definition),
    spans: traces.reduce((sum, { totals }) => sum + totals.spans, 0),
    opened: () => seen.size,
    async overview() {
      if ("sessionId" in recording) return textOf(await session(undefined, OVERVIEW_CHARS));
      const each = Math.floor(OVERVIEW_CHARS / Math.max(1, traces.length));
      const texts = [];
      for (const trace of traces.slice(0, 10))
        texts.push(textOf(await readTrace(store, { projectId, budget: each, traceId: trace.traceId })));
      return texts.join("\n");
    },
    async run(name, given) {
      const known = names.find((one) => one === name);
      if (known === undefined)
        return `error: there is no such tool. Tools: ${names.join(", ")}, give_verdict`;
      try {
        return textOf(await tools[known](isJsonObject(given) ? given : {}));
      } catch (error) {
        if (error instanceof AppError) return `error: ${error.message}`;
        if (error instanceof z.ZodError) return "error: the arguments are not those of the tool";
        throw error;
      }
    },
    async place(spanId) {
      if (!/^[0-9a-f]{6,16}$/i.test(spanId)) return undefined;
      for (const [i, trace] of traces.entries()) {
        const span = await store.getSpan(projectId, trace.traceId, spanId.toLowerCase());
        if (span)
          return {
            spanId: span.spanId,
            agent: span.agentName,
            turn: "sessionId" in recording ? await turnOf(span.spanId, i) : null,
          };
      }
      return undefined;
    },
  };
}
