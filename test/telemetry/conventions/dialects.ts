import type { Json } from "../../../src/model/json.ts";
import type { Message } from "../../../src/model/message.ts";

export const ASK: Message = { role: "user", parts: [{ type: "text", text: "Weather in Berlin?" }] };
export const CALL: Message = {
  role: "assistant",
  parts: [{ type: "tool_call", id: "call_1", name: "weather", arguments: { city: "Berlin" } }],
};
const result = (name: string | null = null, id: string | null = "call_1"): Message => ({
  role: "tool",
  parts: [{ type: "tool_result", id, name, result: "21 degrees" }],
});
export const ANSWER: Message = { role: "assistant", parts: [{ type: "text", text: "It is sunny." }] };
export const CONVERSATION = [ASK, CALL, result(), ANSWER];

/** The same conversation in each dialect; where a dialect names the tool in its result, so do we. */
export const DIALECTS: Record<string, { value: Json; expected?: Message[] }> = {
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
  // langchain_core/messages/base.py: messages_to_dict
  "LangChain, as dicts": {
    value: {
      messages: [
        { type: "human", data: { type: "human", content: "Weather in Berlin?", name: null } },
        {
          type: "ai",
          data: {
            type: "ai",
            content: "",
            tool_calls: [{ name: "weather", args: { city: "Berlin" }, id: "call_1", type: "tool_call" }],
          },
        },
        {
          type: "tool",
          data: { type: "tool", content: "21 degrees", tool_call_id: "call_1", name: "weather" },
        },
        { type: "ai", data: { type: "ai", content: "It is sunny.", tool_calls: [] } },
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
