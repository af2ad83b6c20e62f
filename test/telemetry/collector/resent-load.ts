import { attribute, bytes, json, traceRequest } from "../otlp/samples.ts";

// Requests as agents send them: the whole history with every call, in the ways that go right and wrong.

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: readonly object[];
  readonly [field: string]: unknown;
}

export interface Sent {
  readonly project: string;
  readonly spans: readonly SentSpan[];
}

/** As protobuf, whose long texts the collector recognises. */
export const asProtobuf = ({ spans }: Sent): Uint8Array =>
  traceRequest(
    ...spans.map((span) => ({ ...span, traceId: bytes(span.traceId), spanId: bytes(span.spanId) })),
  );

/** The same as JSON, where each text is read whole. */
export const asJson = ({ spans }: Sent): Uint8Array =>
  json({
    resourceSpans: [
      {
        resource: { attributes: [attribute("service.name", { stringValue: "shop" })] },
        scopeSpans: [{ scope: { name: "lib", version: "1.2" }, spans }],
      },
    ],
  });

/** The same request about another trace. */
export const renamed = (sent: Sent): Sent => ({
  ...sent,
  spans: sent.spans.map((span) => ({ ...span, traceId: span.traceId.replace(/^1/, "2") })),
});

const WORDS = "order refund Größe 住所 lamp “quoted” back\\slash 😀 tab\tline\nend".split(" ");
const words = (seed: number, count: number): string =>
  Array.from({ length: count }, (_, i) => WORDS[(seed * 7 + i * 5) % WORDS.length]).join(" ");

const text = (role: string, content: string) => ({ role, parts: [{ type: "text", content }] });
const call = (id: string) => ({
  role: "assistant",
  finish_reason: "tool_calls",
  parts: [{ type: "tool_call", id, name: "find", arguments: { order: id } }],
});
const result = (id: string) => ({
  role: "tool",
  parts: [{ type: "tool_call_response", id, response: { status: words(id.length, 20) } }],
});

const KEY = "sk-ant-api03-aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY";
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** Elements that a list goes on by, one after the other; each makes the list something else than plain messages. */
const HOSTILE: readonly (readonly [what: string, element: unknown])[] = [
  ["a number", 12345678],
  ["a list", [text("user", "nested")]],
  ["a part without its message", { type: "text", content: "a bare part" }],
  ["no message at all", { anything: words(3, 10) }],
  ["a definition of a tool", { role: "tool", content: { type: "function", function: { name: "find" } } }],
  ["an own prototype", JSON.parse('{"role":"user","__proto__":{"x":1},"content":"prototype"}')],
  ["an image", { role: "user", content: [{ type: "image", data: PIXEL, mimeType: "image/png" }] }],
  ["a credential", text("user", `my key is ${KEY}, keep it`)],
  ["the name of a credential", { role: "user", content: "password=" }],
  ["what could be its value", { "1a2b3c4d5e6f": 1, role: "user", content: "aZ19bY28cX37" }],
  ["a token that is none", text("assistant", 'the "token": 12 of the page')],
  ["a bearer", { role: "user", content: { headers: { authorization: "Bearer aZ19bY28cX37dW46eV55" } } }],
  ["a url with a user", text("user", "see http://a b.example/x@y and postgres://me:s3cr3t-pass@db/x")],
  ["null", null],
];

type Write = (history: readonly unknown[]) => string;

/** JavaScript's, Python's, and one that is laid out over lines. */
const WRITERS: readonly Write[] = [
  (history) => JSON.stringify(history),
  (history) => `[${history.map((item) => JSON.stringify(item)).join(", ")}]`,
  (history) => JSON.stringify(history, null, 2),
];

const hex = (length: number, ...parts: number[]): string =>
  `1${parts.map((part) => part.toString(16).padStart(4, "0")).join("")}`.padEnd(length, "a").slice(0, length);

export const traceIdOf = (conversation: number, turn: number): string => hex(32, conversation, turn);
export const spanIdOf = (conversation: number, turn: number, step: number): string =>
  hex(16, conversation, turn, step);

interface Call {
  readonly conversation: number;
  readonly turn: number;
  readonly step: number;
  readonly input: string;
  readonly output: string;
  readonly key?: string;
}

const TOOLS = JSON.stringify([{ name: "find", description: words(2, 300) }]);
const SYSTEM = JSON.stringify([{ type: "text", content: words(1, 300) }]);

/** One model call; every second conversation has no session id. */
function chatSpan({
  conversation,
  turn,
  step,
  input,
  output,
  key = "gen_ai.input.messages",
}: Call): SentSpan {
  const texts: [string, string][] = [
    ["gen_ai.operation.name", "chat"],
    ["gen_ai.request.model", "gpt-4o-mini"],
    ["gen_ai.system_instructions", SYSTEM],
    ["gen_ai.tool.definitions", TOOLS],
    [key, input],
    ["gen_ai.output.messages", output],
  ];
  if (conversation % 2 === 0) texts.push(["gen_ai.conversation.id", `talk-${conversation}`]);
  const startMs = 1_700_000_000_000 + conversation * 1_000_000 + turn * 10_000 + step * 100;
  return {
    traceId: traceIdOf(conversation, turn),
    spanId: spanIdOf(conversation, turn, step),
    name: "chat gpt-4o-mini",
    startTimeUnixNano: String(BigInt(startMs) * 1_000_000n),
    endTimeUnixNano: String(BigInt(startMs + 50) * 1_000_000n),
    attributes: texts.map(([name, value]) => attribute(name, { stringValue: value })),
  };
}

/** A conversation, a request a turn; `hostile` joins the history after its second and third turn. */
export function talk(conversation: number, write: Write, hostile: readonly unknown[], key?: string): Sent[] {
  const history: unknown[] = [text("user", words(conversation, 120))];
  const project = conversation % 3 === 0 ? "shop" : "desk";
  return Array.from({ length: 6 }, (_, turn) => {
    const spans: SentSpan[] = [];
    for (let step = 0; step < 3; step += 1) {
      const id = `call_${conversation}_${turn}_${step}`;
      const answer = step < 2 ? call(id) : text("assistant", words(turn + step, 15));
      const place = { conversation, turn, step, ...(key === undefined ? {} : { key }) };
      spans.push(chatSpan({ ...place, input: write(history), output: write([answer]) }));
      history.push(...(step < 2 ? [answer, result(id)] : [answer]));
    }
    if (turn === 1) history.push(...hostile.slice(0, 1));
    if (turn === 2) history.push(...hostile.slice(1));
    history.push(text("user", words(turn * 11, 20)));
    return { project, spans };
  });
}

/** Histories that do not simply grow: cut, shortened, branched, repeated, and broken in the middle. */
export function odd(): Sent[] {
  const base: unknown[] = Array.from({ length: 8 }, (_, i) =>
    text(i % 2 ? "assistant" : "user", words(i, 40)),
  );
  const whole = JSON.stringify(base);
  const grown = JSON.stringify([...base, text("user", "more")]);
  const other = JSON.stringify([...base, text("user", "another way on, which branches off")]);
  const shorter = JSON.stringify(base.slice(0, 5));
  const inputs = [
    whole,
    grown,
    other,
    grown,
    shorter,
    whole.slice(0, -40),
    `${whole.slice(0, -1)},{"role":"user","content":"cut off he`,
    `${whole.slice(0, -1)},{"role":"user" "content":"broken"}]`,
    `${whole.slice(0, -1)} , {"role":"user","content":"spaced"} ]`,
    `${whole.slice(0, -1)}, {"role":"user","content":"other separator"}]`,
    `${whole}]`,
    `${whole} `,
    JSON.stringify([...base, text("user", "\uD83D alone")]),
    JSON.stringify(base.map((item) => ({ ...Object(item), role: "assistant" }))),
    JSON.stringify([...base, ...base]),
    whole,
  ];
  return inputs.map((input, turn) => ({
    project: "desk",
    spans: [chatSpan({ conversation: 901 + (turn % 2), turn, step: 0, input, output: whole })],
  }));
}

/** Everything, of all conversations in turn; some requests are sent twice, as exporters do. */
export function resentLoad(): Sent[] {
  const talks = [
    talk(1, JSON.stringify, []),
    talk(2, JSON.stringify, [], "gen_ai.input.messages"),
    talk(3, JSON.stringify, [], "ai.prompt.messages"),
    talk(4, JSON.stringify, [], "gen_ai.prompt"),
    talk(5, JSON.stringify, [], "llm.input"),
    ...WRITERS.map((write, i) => talk(10 + i, write, [])),
    ...HOSTILE.map(([, element], i) => talk(20 + i, WRITERS[i % 2] ?? JSON.stringify, [element])),
    talk(
      60,
      JSON.stringify,
      HOSTILE.slice(8, 10).map(([, element]) => element),
    ),
  ];
  const inTurn = Array.from({ length: 6 }, (_, turn) => talks.flatMap((one) => one[turn] ?? [])).flat();
  const twice = inTurn.flatMap((sent, i) => (i % 7 === 0 ? [sent, sent] : [sent]));
  return [...twice, ...odd()];
}
