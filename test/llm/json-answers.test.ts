import { describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { findJson, isStrictSchema } from "../../src/llm/json-answer.ts";
import type { Json, JsonObject } from "../../src/model/json.ts";
import type { Reply, ScriptedRequest } from "../scripted-replies.ts";
import { ask, connect, failureOf, system, user, VERDICT, verdict } from "./client.ts";

const modeOf = ({ body }: ScriptedRequest): Json => {
  const format = body["response_format"];
  return typeof format === "object" && format !== null && !Array.isArray(format)
    ? (format["type"] ?? null)
    : null;
};

const refusal = (message: Json, status = 400): Reply => ({ status, body: { error: message } });
const parsed = JSON.parse(VERDICT);

describe("JSON by schema", () => {
  it("asks for the schema, strictly, and returns the value", async () => {
    const { llm, server } = await connect({ otherwise: VERDICT });
    const answer = await llm.complete(ask("hello", { answer: verdict }));
    expect(answer).toMatchObject({ json: parsed, text: VERDICT, attempts: 1 });
    expect(server.requests[0]?.body["response_format"]).toEqual({
      type: "json_schema",
      json_schema: { name: "verdict", strict: true, schema: verdict.schema },
    });
    expect(server.requests[0]?.text).toBe("hello");
  });

  it("is strict only where a provider can be: closed objects, all fields required", () => {
    const object = (rest: JsonObject): JsonObject => ({
      type: "object",
      properties: { a: { type: "string" } },
      required: ["a"],
      additionalProperties: false,
      ...rest,
    });
    expect(isStrictSchema(object({}))).toBe(true);
    expect(isStrictSchema(object({ required: [] }))).toBe(false);
    expect(isStrictSchema(object({ additionalProperties: true }))).toBe(false);
    expect(isStrictSchema({ type: "object" })).toBe(false);
    const around = (inner: JsonObject) => object({ properties: { a: inner } });
    expect(isStrictSchema(around({ type: "array", items: object({}) }))).toBe(true);
    expect(isStrictSchema(around({ type: "array", items: object({ required: [] }) }))).toBe(false);
    expect(isStrictSchema(around({ anyOf: [{ type: "null" }, object({ required: [] })] }))).toBe(false);
    expect(isStrictSchema({ ...object({}), $defs: { x: object({ required: [] }) } })).toBe(false);
  });

  it("a schema that cannot be checked is refused before anything is sent, unless the caller checks", async () => {
    const { llm, server } = await connect({ otherwise: '{"a":1}' });
    const schema: JsonObject = { type: "object", dependentRequired: {} };
    await expect(llm.complete(ask("hello", { answer: { name: "x", schema } }))).rejects.toThrow(AppError);
    expect(server.log.length).toBe(0);
    const answer = { name: "x", schema, accepts: (value: Json) => JSON.stringify(value) === '{"a":1}' };
    expect((await llm.complete(ask("hello", { answer }))).json).toEqual({ a: 1 });
  });
});

// What servers say that lack a mode: as their users report it.
const COMPLAINTS: readonly (readonly [string, Json, number])[] = [
  [
    "OpenAI",
    {
      message: "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
      param: "response_format",
    },
    400,
  ],
  [
    "Azure",
    {
      message:
        "response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later",
    },
    400,
  ],
  [
    "DeepSeek",
    { message: "This response_format type is unavailable now", type: "invalid_request_error" },
    400,
  ],
  ["Groq", { message: "This model does not support response format `json_schema`." }, 400],
  [
    "LiteLLM",
    { message: "litellm.UnsupportedParamsError: m does not support parameters: ['response_format']" },
    400,
  ],
  [
    "vLLM",
    {
      message:
        "[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': \"Input should be 'text'\"}]",
    },
    400,
  ],
];

describe("servers that lack JSON by schema", () => {
  it.each(COMPLAINTS)(
    "%s's complaint leads to JSON mode, which is remembered",
    async (_, message, status) => {
      const { llm, server } = await connect({
        answer: (request) => (modeOf(request) === "json_schema" ? refusal(message, status) : VERDICT),
      });
      expect(await llm.complete(ask("first", { answer: verdict }))).toMatchObject({
        json: parsed,
        attempts: 2,
      });
      expect(await llm.complete(ask("second", { answer: verdict }))).toMatchObject({
        json: parsed,
        attempts: 1,
      });
      expect(server.requests.map(modeOf)).toEqual(["json_schema", "json_object", "json_object"]);
      // OpenAI's JSON mode wants the word in the messages; the schema must stand there too.
      expect(server.requests[1]?.text).toMatch(/^first\n\nAnswer with one JSON object[\s\S]*"rationale"/);
    },
  );

  it("and JSON mode too are told in words", async () => {
    const { llm, server } = await connect({
      answer: (request) =>
        modeOf(request) === null
          ? `Sure!\n\`\`\`json\n${VERDICT}\n\`\`\``
          : refusal({ message: "response_format is not supported" }),
    });
    expect(await llm.complete(ask("first", { answer: verdict }))).toMatchObject({
      json: parsed,
      attempts: 3,
    });
    expect(await llm.complete(ask("second", { answer: verdict }))).toMatchObject({
      json: parsed,
      attempts: 1,
    });
    expect(server.requests.map(modeOf)).toEqual(["json_schema", "json_object", null, null]);
  });

  it("many calls at once all find their way", async () => {
    const { llm } = await connect({
      latencyMs: 5,
      answer: (request) =>
        modeOf(request) === null ? VERDICT : refusal({ message: "unknown field response_format" }, 422),
    });
    const calls = Array.from({ length: 20 }, (_, n) => llm.complete(ask(`call ${n}`, { answer: verdict })));
    for (const answer of await Promise.all(calls)) expect(answer.json).toEqual(parsed);
  });

  it("an endpoint set to one mode is not asked otherwise", async () => {
    const { llm, server } = await connect(
      { answer: () => refusal({ message: "response_format is not supported" }) },
      { structuredOutput: "json_schema" },
    );
    expect(await failureOf(llm.complete(ask("hello", { answer: verdict })))).toMatchObject({
      kind: "bad_request",
    });
    expect(server.log.length).toBe(1);
    const none = await connect({ otherwise: VERDICT }, { structuredOutput: "none" });
    await none.llm.complete(ask("hello", { answer: verdict }));
    expect(none.server.requests.map(modeOf)).toEqual([null]);
  });

  it("a complaint about something else is not taken for one about JSON", async () => {
    const { llm, server } = await connect({
      answer: () => refusal({ message: "messages: the content is empty; response_format was json_schema" }),
    });
    expect(await failureOf(llm.complete(ask("hello", { answer: verdict })))).toMatchObject({
      kind: "bad_request",
    });
    expect(server.log.length).toBe(1);
  });

  it("a schema that a provider refuses is asked for in words, other schemas as before", async () => {
    const message =
      "Invalid schema for response_format 'odd': In context=('properties', 'x'), 'pattern' is not permitted";
    const odd = { name: "odd", schema: { ...verdict.schema, title: "odd" } };
    const { llm, server } = await connect({
      answer: (request) =>
        modeOf(request) === "json_schema" && JSON.stringify(request.body).includes("odd")
          ? refusal({ message })
          : VERDICT,
    });
    await llm.complete(ask("first", { answer: odd }));
    await llm.complete(ask("second", { answer: odd }));
    await llm.complete(ask("third", { answer: verdict }));
    expect(server.requests.map(modeOf)).toEqual(["json_schema", "json_object", "json_object", "json_schema"]);
  });

  it("a server that takes no notice of the format is told in words from the third call on", async () => {
    const { llm, server } = await connect({
      answer: ({ text }) => (text.includes("JSON schema") ? VERDICT : "I would say yes."),
    });
    const attempts: number[] = [];
    for (const text of ["one", "two", "three", "four"])
      attempts.push((await llm.complete(ask(text, { answer: verdict }))).attempts);
    expect(attempts).toEqual([2, 2, 1, 1]);
    expect(server.log.length).toBe(6);
  });
});

describe("answers that cannot be used", () => {
  it("are asked for twice more, then the call fails", async () => {
    const { llm, server } = await connect({ otherwise: '{"rationale":"…","label":"perhaps"}' });
    const error = await failureOf(
      llm.complete({ messages: [system("Judge."), user("hello")], answer: verdict }),
    );
    expect(error).toMatchObject({ kind: "malformed", attempts: 3, retryable: true });
    expect(server.requests.map(({ text }) => text.includes("could not be read"))).toEqual([
      false,
      true,
      true,
    ]);
    // Many chat templates take one system message, first.
    expect(server.requests[1]?.body["messages"]).toMatchObject([
      { role: "system" },
      { role: "user", content: "hello" },
    ]);
  });

  it("cut ones are asked for with twice the room, then to be shorter as well", async () => {
    const { llm, server } = await connect({
      answer: ({ number }) => (number < 3 ? { text: VERDICT.slice(0, 20), finishReason: "length" } : VERDICT),
    });
    const answer = await llm.complete(ask("hello", { answer: verdict, maxOutputTokens: 100 }));
    expect(answer).toMatchObject({ json: parsed, attempts: 3, finishReason: "stop" });
    expect(server.requests.map(({ body }) => body["max_tokens"])).toEqual([100, 200, 400]);
    expect(server.requests.map(({ text }) => text.includes("two short sentences"))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it("cut ones remain cut when the endpoint gives no more room", async () => {
    const { llm } = await connect({
      answer: ({ number }) =>
        number === 1
          ? { text: "{", finishReason: "length" }
          : refusal({ message: "max_tokens is too large" }),
    });
    const error = await failureOf(llm.complete(ask("hello", { answer: verdict, maxOutputTokens: 100 })));
    expect(error).toMatchObject({ kind: "truncated", attempts: 2 });
  });

  it("a cut text is an answer where no JSON was asked", async () => {
    const { llm } = await connect({ otherwise: { text: "Once upon", finishReason: "length" } });
    expect(await llm.complete(ask("hello"))).toMatchObject({ text: "Once upon", finishReason: "length" });
  });

  it("a refusal and a filtered answer are neither malformed nor asked for again", async () => {
    const refused = await connect({ otherwise: { text: null, refusal: "I cannot judge this." } });
    expect(await failureOf(refused.llm.complete(ask("hello", { answer: verdict })))).toMatchObject({
      kind: "content_filter",
      attempts: 1,
    });
    const filtered = await connect({ otherwise: { text: "{", finishReason: "content_filter" } });
    expect(await failureOf(filtered.llm.complete(ask("hello")))).toMatchObject({
      kind: "content_filter",
      attempts: 1,
    });
  });

  it("Groq's own check of JSON counts as malformed", async () => {
    const { llm } = await connect({
      answer: ({ number }) =>
        number === 1
          ? refusal({ code: "json_validate_failed", message: "Failed to generate JSON." })
          : VERDICT,
    });
    expect(await llm.complete(ask("hello", { answer: verdict }))).toMatchObject({
      json: parsed,
      attempts: 2,
    });
  });
});

describe("JSON inside a text", () => {
  const check = (value: Json): boolean => typeof value === "object" && value !== null && "label" in value;
  it.each([
    ["alone", '{"label":"yes"}', "yes"],
    ["with space around", '\n {"label":"yes"} \n', "yes"],
    ["in a fence", 'Here:\n```json\n{"label":"yes"}\n```\nBye.', "yes"],
    ["in an unnamed fence", '```\n{"label":"yes"}\n```', "yes"],
    ["after thoughts", '<think>{"label":"no"}</think>{"label":"yes"}', "yes"],
    ["the last of several", 'First {"label":"no"}, but then {"label":"yes"}.', "yes"],
    ["the last in a fence", '{"label":"no"}\n```json\n{"label":"yes"}\n```', "yes"],
    ["the last that will do", '{"label":"yes"} and {"other":1}', "yes"],
    ["with braces in strings", 'So: {"label":"yes","rationale":"a } and a \\" and a {"} done', "yes"],
    ["after a brace that never closes", 'f(x) { ... then {"label":"yes"}', "yes"],
    ["nowhere", "I would say yes.", undefined],
    ["nowhere but in thoughts", '<think>{"label":"no"}</think>I cannot say.', undefined],
    ["broken", '{"label":"yes"', undefined],
  ])("is found %s", (_, text, label) => {
    expect(findJson(text, check)).toEqual(
      label === undefined ? undefined : expect.objectContaining({ label }),
    );
  });

  it("is looked for in time that grows with the text, whatever the text", () => {
    for (const piece of ["{", "```", "`` ``", '"{', "<think>", "``` \n", "{\\"])
      expect(findJson(piece.repeat(100_000), check)).toBeUndefined();
    expect(findJson(`${"[".repeat(100_000)}{"label":"yes"}`, check)).toEqual({ label: "yes" });
  });
});
