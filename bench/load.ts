import protobuf from "protobufjs/minimal.js";

// A support agent's conversations as OTLP protobuf, one request a turn: invoke_agent > chat, execute_tool, chat, with
// the whole history sent again in each chat span, as agents do.

const { Writer } = protobuf;

const WORDS =
  "refund order shipping blanket policy customer number address payment delivery return window lamp machine".split(
    " ",
  );

/** The same words for the same seed: runs can be compared. */
const phrase = (seed: number, words: number): string =>
  Array.from({ length: words }, (_, i) => WORDS[(seed * 31 + i * 17 + ((seed * i) % 7)) % WORDS.length]).join(
    " ",
  );

type Attribute = readonly [key: string, value: string | number];

const attribute = ([key, value]: Attribute): Uint8Array => {
  const any =
    typeof value === "string"
      ? Writer.create().uint32(10).string(value)
      : Writer.create().uint32(24).int64(value);
  return Writer.create().uint32(10).string(key).uint32(18).bytes(any.finish()).finish();
};

interface SpanFields {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly parentSpanId: Uint8Array | null;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly failed: boolean;
  readonly attributes: readonly Attribute[];
}

/** Field numbers: opentelemetry-proto trace.proto, message Span. */
function span(fields: SpanFields): Uint8Array {
  const writer = Writer.create().uint32(10).bytes(fields.traceId).uint32(18).bytes(fields.spanId);
  if (fields.parentSpanId) writer.uint32(34).bytes(fields.parentSpanId);
  writer.uint32(42).string(fields.name).uint32(48).int32(1);
  writer.uint32(57).fixed64(fields.startMs * 1_000_000);
  writer.uint32(65).fixed64(fields.endMs * 1_000_000);
  for (const pair of fields.attributes) writer.uint32(74).bytes(attribute(pair));
  if (fields.failed)
    writer
      .uint32(122)
      .bytes(Writer.create().uint32(18).string("gateway timeout").uint32(24).int32(2).finish());
  return writer.finish();
}

const id = (bytes: number, ...parts: number[]): Uint8Array => {
  const data = Buffer.alloc(bytes, 0x11);
  parts.forEach((part, i) => {
    data.writeUInt32BE(part >>> 0, Math.min(bytes - 4, i * 4));
  });
  return data;
};

/** Field numbers: trace_service.proto and trace.proto, ResourceSpans and ScopeSpans. */
function request(spans: readonly Uint8Array[]): Uint8Array {
  const scope = Writer.create().uint32(10).bytes(Writer.create().uint32(10).string("bench").finish());
  for (const one of spans) scope.uint32(18).bytes(one);
  const resource = Writer.create()
    .uint32(10)
    .bytes(attribute(["service.name", "bench-agent"]))
    .uint32(10)
    .bytes(attribute(["service.version", "1.0"]))
    .finish();
  const resourceSpans = Writer.create().uint32(10).bytes(resource).uint32(18).bytes(scope.finish()).finish();
  return Writer.create().uint32(10).bytes(resourceSpans).finish();
}

interface ChatMessage {
  readonly role: string;
  readonly parts: readonly Record<string, unknown>[];
}

const text = (role: string, content: string): ChatMessage => ({ role, parts: [{ type: "text", content }] });

export interface Turn {
  readonly body: Uint8Array;
  readonly spans: number;
}

const SYSTEM = JSON.stringify([{ type: "text", content: phrase(1, 400) }]);

interface Place {
  readonly traceId: Uint8Array;
  readonly root: Uint8Array;
  readonly session: Attribute;
  readonly number: number;
  readonly turn: number;
  readonly startMs: number;
}

function chatSpan(place: Place, n: number, input: readonly ChatMessage[], output: ChatMessage): Uint8Array {
  return span({
    traceId: place.traceId,
    spanId: id(8, place.number, place.turn * 64 + n),
    parentSpanId: place.root,
    name: "chat gpt-4o-mini",
    startMs: place.startMs + n * 400,
    endMs: place.startMs + n * 400 + 350,
    failed: false,
    attributes: [
      place.session,
      ["gen_ai.operation.name", "chat"],
      ["gen_ai.provider.name", "openai"],
      ["gen_ai.request.model", "gpt-4o-mini"],
      ["gen_ai.system_instructions", SYSTEM],
      ["gen_ai.input.messages", JSON.stringify(input)],
      ["gen_ai.output.messages", JSON.stringify([output])],
      ["gen_ai.usage.input_tokens", 500 + input.length * 40],
      ["gen_ai.usage.output_tokens", 60],
    ],
  });
}

function toolSpan(place: Place, n: number, call: ToolUse, failed: boolean): Uint8Array {
  return span({
    traceId: place.traceId,
    spanId: id(8, place.number, place.turn * 64 + n),
    parentSpanId: place.root,
    name: `execute_tool ${call.name}`,
    startMs: place.startMs + n * 400,
    endMs: place.startMs + n * 400 + 100,
    failed,
    attributes: [
      place.session,
      ["gen_ai.operation.name", "execute_tool"],
      ["gen_ai.tool.name", call.name],
      ["gen_ai.tool.call.id", call.id],
      ["gen_ai.tool.call.arguments", JSON.stringify(call.arguments)],
      ["gen_ai.tool.call.result", JSON.stringify(call.result)],
    ],
  });
}

interface ToolUse {
  readonly id: string;
  readonly name: string;
  readonly arguments: Record<string, string>;
  readonly result: Record<string, string>;
}

const toolUse = (seed: number, step: number): ToolUse => ({
  id: `call_${seed}_${step}`,
  name:
    seed % 97 === 0
      ? "issue_refund"
      : (["lookup_order", "search_policy", "get_customer"][step % 3] ?? "lookup_order"),
  arguments: { order_id: String(seed) },
  result: { status: phrase(seed + step, 20) },
});

/**
 * One conversation: `turns` traces of 2 + 2 x `steps` spans each, four tools calls a turn by default (10 spans).
 * Every 17th turn fails, with its last tool.
 */
export function conversation(number: number, turns: number, startMs: number, steps = 4): Turn[] {
  const history: ChatMessage[] = [];
  return Array.from({ length: turns }, (_, turn) => {
    const seed = number * 1_000 + turn;
    const failed = seed % 17 === 0;
    const place: Place = {
      traceId: id(16, number, turn, 0x5eed),
      root: id(8, number, turn * 64 + 63),
      session: ["gen_ai.conversation.id", `bench-${number}`],
      number,
      turn,
      startMs: startMs + turn * 20_000,
    };
    const question = text("user", phrase(seed, 25));
    const answer = text("assistant", phrase(seed + 2, 40));
    history.push(question);
    const inner: Uint8Array[] = [];
    for (let step = 0; step < steps; step += 1) {
      const use = toolUse(seed, step);
      const { id: callId, name, arguments: arguments_, result } = use;
      const call = {
        role: "assistant",
        parts: [{ type: "tool_call", id: callId, name, arguments: arguments_ }],
      };
      inner.push(
        chatSpan(place, step * 2, history, call),
        toolSpan(place, step * 2 + 1, use, failed && step === steps - 1),
      );
      history.push(call, {
        role: "tool",
        parts: [{ type: "tool_call_response", id: callId, response: result }],
      });
    }
    inner.push(chatSpan(place, steps * 2, history, answer));
    history.push(answer);
    const root = span({
      traceId: place.traceId,
      spanId: place.root,
      parentSpanId: null,
      name: "invoke_agent bench-agent",
      startMs: place.startMs,
      endMs: place.startMs + steps * 800 + 500,
      failed,
      attributes: [
        place.session,
        ["gen_ai.operation.name", "invoke_agent"],
        ["gen_ai.agent.name", "bench-agent"],
        ["gen_ai.input.messages", JSON.stringify([question])],
        ["gen_ai.output.messages", JSON.stringify([answer])],
      ],
    });
    return { body: request([...inner, root]), spans: inner.length + 1 };
  });
}
