import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Json } from "../../../src/model/json.ts";
import type { Message } from "../../../src/model/message.ts";
import { newFound, parseMessages } from "../../../src/telemetry/conventions/index.ts";

const ASK: Message = { role: "user", parts: [{ type: "text", text: "Weather in Berlin?" }] };
const CALL: Message = {
  role: "assistant",
  parts: [{ type: "tool_call", id: "call_1", name: "weather", arguments: { city: "Berlin" } }],
};
const result = (name: string | null = null, id: string | null = "call_1"): Message => ({
  role: "tool",
  parts: [{ type: "tool_result", id, name, result: "21 degrees" }],
});
const ANSWER: Message = { role: "assistant", parts: [{ type: "text", text: "It is sunny." }] };
const CONVERSATION = [ASK, CALL, result(), ANSWER];

/** The same conversation in each dialect; where a dialect names the tool in its result, so do we. */
const DIALECTS: Record<string, { value: Json; expected?: Message[] }> = {
  // https://github.com/open-telemetry/semantic-conventions-genai docs/gen-ai: schema says `response`
  "OpenTelemetry GenAI": {
    value: [
      { role: "user", parts: [{ type: "text", content: "Weather in Berlin?" }] },
      {
        role: "assistant",
        parts: [{ type: "tool_call", id: "call_1", name: "weather", arguments: { city: "Berlin" } }],
      },
      { role: "tool", parts: [{ type: "tool_call_response", id: "call_1", response: "21 degrees" }] },
      { role: "assistant", parts: [{ type: "text", content: "It is sunny." }], finish_reason: "stop" },
    ],
  },
  // pydantic_ai models/instrumented.py, data format 5: results under role user, key `result`
  "pydantic-ai": {
    value: [
      { role: "user", parts: [{ type: "text", content: "Weather in Berlin?" }] },
      {
        role: "assistant",
        parts: [{ type: "tool_call", id: "call_1", name: "weather", arguments: { city: "Berlin" } }],
      },
      {
        role: "user",
        parts: [{ type: "tool_call_response", id: "call_1", name: "weather", result: "21 degrees" }],
      },
      { role: "assistant", parts: [{ type: "text", content: "It is sunny." }] },
    ],
    expected: [ASK, CALL, result("weather"), ANSWER],
  },
  // https://platform.openai.com/docs/api-reference/chat
  "OpenAI chat request": {
    value: {
      model: "gpt-5",
      messages: [
        { role: "user", content: "Weather in Berlin?" },
        {
          role: "assistant",
          content: null,
          tool_calls: [
            {
              id: "call_1",
              type: "function",
              function: { name: "weather", arguments: '{"city": "Berlin"}' },
            },
          ],
        },
        { role: "tool", tool_call_id: "call_1", content: "21 degrees" },
        { role: "assistant", content: [{ type: "text", text: "It is sunny." }], refusal: null },
      ],
    },
  },
  // https://platform.openai.com/docs/api-reference/responses
  "OpenAI Responses": {
    value: {
      model: "gpt-5",
      input: [
        { role: "user", content: [{ type: "input_text", text: "Weather in Berlin?" }] },
        {
          type: "function_call",
          id: "fc_9",
          call_id: "call_1",
          name: "weather",
          arguments: '{"city":"Berlin"}',
        },
        { type: "function_call_output", call_id: "call_1", output: "21 degrees" },
        {
          type: "message",
          id: "msg_1",
          role: "assistant",
          content: [{ type: "output_text", text: "It is sunny." }],
        },
      ],
    },
  },
  // https://docs.anthropic.com/en/api/messages
  Anthropic: {
    value: {
      model: "claude-sonnet-4-5",
      messages: [
        { role: "user", content: "Weather in Berlin?" },
        {
          role: "assistant",
          content: [{ type: "tool_use", id: "call_1", name: "weather", input: { city: "Berlin" } }],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "call_1", content: [{ type: "text", text: "21 degrees" }] },
          ],
        },
        { role: "assistant", content: [{ type: "text", text: "It is sunny." }] },
      ],
    },
  },
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
  "Bedrock Converse": {
    value: {
      messages: [
        { role: "user", content: [{ text: "Weather in Berlin?" }] },
        {
          role: "assistant",
          content: [{ toolUse: { toolUseId: "call_1", name: "weather", input: { city: "Berlin" } } }],
        },
        {
          role: "user",
          content: [
            { toolResult: { toolUseId: "call_1", content: [{ text: "21 degrees" }], status: "success" } },
          ],
        },
        { role: "assistant", content: [{ text: "It is sunny." }] },
      ],
    },
  },
  // https://ai.google.dev/api/generate-content
  Gemini: {
    value: {
      contents: [
        { role: "user", parts: [{ text: "Weather in Berlin?" }] },
        {
          role: "model",
          parts: [{ functionCall: { id: "call_1", name: "weather", args: { city: "Berlin" } } }],
        },
        {
          role: "user",
          parts: [{ functionResponse: { id: "call_1", name: "weather", response: "21 degrees" } }],
        },
        { role: "model", parts: [{ text: "It is sunny." }] },
      ],
    },
    expected: [ASK, CALL, result("weather"), ANSWER],
  },
  // https://ai-sdk.dev/docs/reference/ai-sdk-core/model-message
  "AI SDK": {
    value: [
      { role: "user", content: "Weather in Berlin?" },
      {
        role: "assistant",
        content: [
          { type: "tool-call", toolCallId: "call_1", toolName: "weather", input: { city: "Berlin" } },
        ],
      },
      {
        role: "tool",
        content: [
          {
            type: "tool-result",
            toolCallId: "call_1",
            toolName: "weather",
            output: { type: "text", value: "21 degrees" },
          },
        ],
      },
      { role: "assistant", content: [{ type: "text", text: "It is sunny." }] },
    ],
    expected: [ASK, CALL, result("weather"), ANSWER],
  },
  // langchain_core/load/dump.py: messages serialised by their class
  "LangChain, serialised": {
    value: {
      messages: [
        [
          {
            lc: 1,
            type: "constructor",
            id: ["langchain", "schema", "messages", "HumanMessage"],
            kwargs: { content: "Weather in Berlin?" },
          },
          {
            lc: 1,
            type: "constructor",
            id: ["langchain", "schema", "messages", "AIMessage"],
            kwargs: {
              content: "",
              additional_kwargs: {
                tool_calls: [{ id: "call_1", function: { name: "weather", arguments: '{"city":"Berlin"}' } }],
              },
              tool_calls: [{ name: "weather", args: { city: "Berlin" }, id: "call_1", type: "tool_call" }],
            },
          },
          {
            lc: 1,
            type: "constructor",
            id: ["langchain", "schema", "messages", "ToolMessage"],
            kwargs: { content: "21 degrees", tool_call_id: "call_1", name: "weather" },
          },
          { type: "ai", content: "It is sunny." },
        ],
      ],
    },
    expected: [ASK, CALL, result("weather"), ANSWER],
  },
  // https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/ : deprecated events, in one list
  "GenAI events": {
    value: [
      { "event.name": "gen_ai.user.message", content: "Weather in Berlin?" },
      {
        "event.name": "gen_ai.assistant.message",
        tool_calls: [
          { id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Berlin"}' } },
        ],
      },
      { "event.name": "gen_ai.tool.message", tool_call_id: "call_1", content: "21 degrees" },
      {
        "event.name": "gen_ai.choice",
        index: 0,
        finish_reason: "stop",
        message: { role: "assistant", content: "It is sunny." },
      },
    ],
  },
};

describe("messages of every dialect", () => {
  it.each(Object.entries(DIALECTS))("%s", (_, { value, expected = CONVERSATION }) => {
    expect(parseMessages(value)).toEqual(expected);
    expect(parseMessages(JSON.stringify(value))).toEqual(expected);
  });

  it("keeps system messages, tool definitions apart, and participants' names", () => {
    const found = newFound();
    const messages = parseMessages(
      [
        { role: "developer", content: "Be nice." },
        { role: "user", name: "anna", content: "Hi" },
        { role: "tool", content: { type: "function", function: { name: "search", parameters: {} } } },
      ],
      found,
    );
    expect(messages).toEqual([
      { role: "system", parts: [{ type: "text", text: "Be nice." }] },
      { role: "user", name: "anna", parts: [{ type: "text", text: "Hi" }] },
    ]);
    expect(found.toolDefinitions).toHaveLength(1);
  });

  it("reads answers of APIs, with their finish reasons apart", () => {
    const answers: Json[] = [
      {
        id: "x",
        choices: [
          { index: 0, finish_reason: "stop", message: { role: "assistant", content: "It is sunny." } },
        ],
      },
      {
        candidates: [{ finishReason: "stop", content: { role: "model", parts: [{ text: "It is sunny." }] } }],
      },
      {
        id: "msg",
        type: "message",
        role: "assistant",
        stop_reason: "stop",
        content: [{ type: "text", text: "It is sunny." }],
      },
      { output: { message: { role: "assistant", content: [{ text: "It is sunny." }] } }, stopReason: "stop" },
    ];
    for (const answer of answers) {
      const found = newFound();
      expect(parseMessages(answer, found, "assistant")).toEqual([ANSWER]);
      expect(found.finishReasons).toEqual(["stop"]);
    }
  });

  it("keeps reasoning, errors, unknown parts and arguments that are no JSON", () => {
    const value = [
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Hm.", signature: "s" },
          { type: "citation", url: "u" },
          { type: "tool_use", id: "a", name: "run", input: "{broken" },
          { type: "tool_use", id: "b", name: "none", input: "" },
        ],
      },
      {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: "a", is_error: true, content: "failed" }],
      },
    ];
    expect(parseMessages(value)).toEqual([
      {
        role: "assistant",
        parts: [
          { type: "reasoning", text: "Hm." },
          { type: "other", kind: "citation", value: { type: "citation", url: "u" } },
          { type: "tool_call", id: "a", name: "run", arguments: "{broken" },
          { type: "tool_call", id: "b", name: "none", arguments: {} },
        ],
      },
      {
        role: "tool",
        parts: [{ type: "tool_result", id: "a", name: null, result: "failed", isError: true }],
      },
    ]);
  });

  it.each<[string, Json]>([
    ["documents", [{ title: "a", href: "b" }]],
    ["numbers", [1, 2]],
    ["texts", ["role='system' content='x'"]],
    ["a text", "hello"],
    ["a record", { city: "Berlin" }],
    ["definitions", [{ type: "function", function: { name: "f", parameters: {} } }]],
    ["nothing", null],
  ])("are not seen in %s", (_, value) => {
    expect(parseMessages(value)).toBeNull();
  });
});

describe("media", () => {
  const bytes = Buffer.from("89504e470d0a1a0a", "hex");
  const base64 = bytes.toString("base64");
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 32);

  it.each<[string, Json]>([
    ["OTel blob", { type: "blob", modality: "image", mime_type: "image/png", content: base64 }],
    ["OpenAI image_url", { type: "image_url", image_url: { url: `data:image/png;base64,${base64}` } }],
    ["OpenAI input_image", { type: "input_image", image_url: `data:image/png;base64,${base64}` }],
    ["Anthropic", { type: "image", source: { type: "base64", media_type: "image/png", data: base64 } }],
    ["Gemini", { inlineData: { mimeType: "image/png", data: base64 } }],
    ["AI SDK image", { type: "image", image: `data:image/png;base64,${base64}` }],
    ["AI SDK file", { type: "file", mediaType: "image/png", data: { type: "data", data: base64 } }],
    ["a Node buffer", { type: "file", mediaType: "image/png", data: { type: "Buffer", data: [...bytes] } }],
    ["pydantic-ai", { type: "binary", media_type: "image/png", content: base64 }],
    ["MCP", { type: "image", mimeType: "image/png", data: base64 }],
    [
      "OpenInference",
      { message_content: { type: "image", image: { image: { url: `data:image/png;base64,${base64}` } } } },
    ],
  ])("inline bytes leave the message: %s", (_, part) => {
    const found = newFound();
    const messages = parseMessages([{ role: "user", content: [part] }], found);
    expect(messages?.[0]?.parts).toEqual([
      { type: "media", modality: "image", ref: { hash, mimeType: "image/png", bytes: 8 }, uri: null },
    ]);
    expect([...found.media.values()].map((item) => [item.hash, Buffer.from(item.data)])).toEqual([
      [hash, bytes],
    ]);
  });

  it.each<[Json, string, string]>([
    [{ type: "image_url", image_url: { url: "https://a.test/x.png" } }, "image", "https://a.test/x.png"],
    [{ type: "uri", modality: "video", uri: "gs://bucket/x.mp4" }, "video", "gs://bucket/x.mp4"],
    [{ type: "file", modality: "audio", file_id: "file-1" }, "audio", "file-1"],
    [{ fileData: { mimeType: "audio/mp3", fileUri: "gs://b/a.mp3" } }, "audio", "gs://b/a.mp3"],
    [{ type: "document", source: { type: "file", file_id: "file_2" } }, "file", "file_2"],
    [
      { type: "file", mediaType: "application/pdf", data: "https://a.test/x.pdf" },
      "file",
      "https://a.test/x.pdf",
    ],
  ])("references stay references (%#)", (part, modality, uri) => {
    const found = newFound();
    expect(parseMessages([{ role: "user", content: [part] }], found)?.[0]?.parts).toEqual([
      { type: "media", modality, ref: null, uri },
    ]);
    expect(found.media.size).toBe(0);
  });

  it("is taken out of tool results, and audio knows its format", () => {
    const found = newFound();
    const messages = parseMessages(
      [
        { role: "user", content: [{ type: "input_audio", input_audio: { data: base64, format: "mp3" } }] },
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "a",
              content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: base64 } }],
            },
          ],
        },
      ],
      found,
    );
    expect(JSON.stringify(messages)).not.toContain(base64);
    expect(messages?.[0]?.parts[0]).toMatchObject({ modality: "audio", ref: { mimeType: "audio/mp3" } });
    expect(found.media.size).toBe(1);
  });
});

describe("damaged content", () => {
  const whole = JSON.stringify(DIALECTS["OpenAI chat request"]?.value);

  it("reads what is readable at every cut, and says that it was cut", () => {
    const lengths = new Set<number>();
    for (let length = 0; length < whole.length; length += 1) {
      const found = newFound();
      const messages = parseMessages(whole.slice(0, length), found) ?? [];
      lengths.add(messages.length);
      if (messages.length > 0) expect(found.truncated).toBe(true);
      // All messages before the last are whole.
      expect(messages.slice(0, -1)).toEqual(CONVERSATION.slice(0, Math.max(messages.length - 1, 0)));
    }
    expect([...lengths]).toEqual([0, 1, 2, 3, 4]);
  });

  it("keeps the beginning of a text that was cut, also inside an escape", () => {
    const text = '[{"role":"user","content":"a \\"quoted\\" \\u00e';
    expect(parseMessages(text)).toEqual([{ role: "user", parts: [{ type: "text", text: 'a "quoted" ' }] }]);
    expect(parseMessages('[{"role":"user","content":"back\\\\')).toEqual([
      { role: "user", parts: [{ type: "text", text: "back\\" }] },
    ]);
  });

  it("survives depth, width and hostile names", () => {
    const deep = `${'[{"role":"user","content":'.repeat(50_000)}1`;
    expect(parseMessages(deep)).toBeNull();
    const nested = parseMessages([
      {
        role: "assistant",
        tool_calls: [{ id: "a", function: { name: "f", arguments: "[".repeat(9_000) + "]".repeat(9_000) } }],
      },
    ]);
    expect(JSON.stringify(nested).length).toBeLessThan(1_000);
    const hostile = parseMessages(
      '[{"role":"user","content":[{"type":"__proto__","__proto__":{"polluted":1}}],"__proto__":{"role":"x"}}]',
    );
    expect(hostile).toEqual([
      { role: "user", parts: [{ type: "other", kind: "__proto__", value: { type: "__proto__" } }] },
    ]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});
