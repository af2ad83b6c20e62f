import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import type { Json } from "../../src/model/json.ts";
import type { Message, Part } from "../../src/model/message.ts";
import { NO_USAGE, type Span } from "../../src/model/span.ts";
import { makeSpan } from "../store/fixtures.ts";

const folder = process.env["EVALWRIGHT_TEST_DATA"] ?? "";
export const AIRLINE_FILES = ["gpt-5.4", "opus-4.6-a", "sonnet-4.5"] as const;

const SourceMessage = z.object({
  role: z.enum(["user", "assistant", "tool"]),
  content: z.string().nullish(),
  tool_calls: z.array(z.object({ id: z.string(), name: z.string(), arguments: z.json() })).nullish(),
  id: z.string().nullish(),
});
const SourceFile = z.object({
  simulations: z.array(z.object({ id: z.string(), messages: z.array(SourceMessage) })),
});
export type SourceMessage = z.infer<typeof SourceMessage>;

export const readSource = (name: string) =>
  SourceFile.parse(JSON.parse(readFileSync(join(folder, "tau2-airline", `${name}.json`), "utf8")))
    .simulations;

const Attribute = z.object({
  key: z.string(),
  value: z.object({ stringValue: z.string().optional(), intValue: z.string().optional() }),
});
const RawSpan = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  status: z.object({ code: z.number().optional(), message: z.string().optional() }),
  attributes: z.array(Attribute),
});
const Line = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(RawSpan) })) })),
});
const RawPart = z.object({
  type: z.string(),
  content: z.string().optional(),
  id: z.string().optional(),
  name: z.string().optional(),
  arguments: z.json().optional(),
  response: z.json().optional(),
});
const RawMessages = z.array(
  z.object({ role: z.enum(["user", "assistant", "tool"]), parts: z.array(RawPart) }),
);

const partOf = (part: z.infer<typeof RawPart>): Part =>
  part.type === "text"
    ? { type: "text", text: part.content ?? "" }
    : part.type === "tool_call"
      ? { type: "tool_call", id: part.id ?? null, name: part.name ?? "", arguments: part.arguments ?? null }
      : { type: "tool_result", id: part.id ?? null, name: null, result: part.response ?? null };

const messagesOf = (text: string | undefined): Message[] | null =>
  text === undefined
    ? null
    : RawMessages.parse(JSON.parse(text)).map(({ role, parts }) => ({ role, parts: parts.map(partOf) }));

const KINDS = { invoke_agent: "agent", chat: "llm", execute_tool: "tool" } as const;

function toSpan(raw: z.infer<typeof RawSpan>): Span {
  const values = new Map(raw.attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));
  const at = (key: string) => values.get(`gen_ai.${key}`);
  const operation = z.enum(["invoke_agent", "chat", "execute_tool"]).parse(at("operation.name"));
  const number = (key: string) => (at(key) === undefined ? null : Number(at(key)));
  const json = (key: string): Json => (at(key) === undefined ? null : JSON.parse(at(key) ?? "null"));
  return makeSpan({
    traceId: raw.traceId,
    spanId: raw.spanId,
    parentSpanId: raw.parentSpanId ?? null,
    name: raw.name,
    kind: KINDS[operation],
    startUs: Number(BigInt(raw.startTimeUnixNano) / 1000n),
    endUs: Number(BigInt(raw.endTimeUnixNano) / 1000n),
    status: raw.status.code === 2 ? "error" : "unset",
    statusMessage: raw.status.message ?? null,
    sessionId: at("conversation.id") ?? null,
    agentName: at("agent.name") ?? null,
    model: at("response.model") ?? null,
    toolName: at("tool.name") ?? null,
    toolCallId: at("tool.call.id") ?? null,
    usage: {
      ...NO_USAGE,
      inputTokens: number("usage.input_tokens"),
      outputTokens: number("usage.output_tokens"),
    },
    content: {
      system:
        at("system_instructions") === undefined
          ? null
          : [{ type: "text", text: at("system_instructions") ?? "" }],
      inputMessages: messagesOf(at("input.messages")),
      outputMessages: messagesOf(at("output.messages")),
      input: json("tool.call.arguments"),
      output: at("tool.call.result") ?? null,
    },
  });
}

/** The published traces of one agent as canonical spans, by a reader of our own that knows only what they use. */
export function readAirlineSpans(name: string): Span[] {
  const text = gunzipSync(readFileSync(join(folder, "tau2-airline", `${name}.otlp.jsonl.gz`))).toString(
    "utf8",
  );
  return text
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => Line.parse(JSON.parse(line)).resourceSpans)
    .flatMap((resource) => resource.scopeSpans.flatMap((scope) => scope.spans))
    .map(toSpan);
}
