import { context, type Span, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import type OpenAI from "openai";
import { type Tool, tools } from "./shop.ts";

export const SYSTEM_PROMPT =
  "You are the support agent of a small shop. Help with orders, shipping and refunds. Use the tools; be brief.";

const MODEL = "gpt-4o-mini";
const MAX_STEPS = 8;

type ChatMessage = OpenAI.Chat.Completions.ChatCompletionMessageParam;

/** A conversation's memory: the agent sends all of it again with each call. */
export interface Conversation {
  readonly id: string;
  readonly messages: ChatMessage[];
}

export interface AgentOptions {
  readonly client: OpenAI;
  readonly tracer: Tracer;
  readonly systemPrompt?: string;
}

/** Messages in the form of the OpenTelemetry GenAI conventions. */
function genAiMessages(messages: readonly ChatMessage[]): string {
  return JSON.stringify(
    messages.map((message) => {
      if (message.role === "tool") {
        return {
          role: "tool",
          parts: [{ type: "tool_call_response", id: message.tool_call_id, response: message.content }],
        };
      }
      const text = typeof message.content === "string" ? [{ type: "text", content: message.content }] : [];
      const calls = "tool_calls" in message ? (message.tool_calls ?? []) : [];
      const parts = calls.flatMap((call) =>
        call.type === "function"
          ? [
              {
                type: "tool_call",
                id: call.id,
                name: call.function.name,
                arguments: JSON.parse(call.function.arguments),
              },
            ]
          : [],
      );
      return { role: message.role, parts: [...text, ...parts] };
    }),
  );
}

export function createAgent({ client, tracer, systemPrompt = SYSTEM_PROMPT }: AgentOptions) {
  /** Runs `work` in a span whose parent is the active one; a thrown error is recorded and thrown on. */
  async function inSpan<T>(
    name: string,
    attributes: Record<string, string>,
    work: (span: Span) => Promise<T>,
  ): Promise<T> {
    const span = tracer.startSpan(name, { attributes });
    try {
      return await context.with(trace.setSpan(context.active(), span), () => work(span));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      span.recordException(error instanceof Error ? error : new Error(message));
      span.setStatus({ code: SpanStatusCode.ERROR, message });
      throw error;
    } finally {
      span.end();
    }
  }

  const chat = (conversation: Conversation) =>
    inSpan(
      `chat ${MODEL}`,
      {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": MODEL,
        "gen_ai.conversation.id": conversation.id,
        "gen_ai.system_instructions": JSON.stringify([{ type: "text", content: systemPrompt }]),
        "gen_ai.input.messages": genAiMessages(conversation.messages),
        "gen_ai.tool.definitions": JSON.stringify(
          tools.map(({ name, description, parameters }) => ({
            type: "function",
            name,
            description,
            parameters,
          })),
        ),
      },
      async (span) => {
        const answer = await client.chat.completions.create({
          model: MODEL,
          messages: [{ role: "system", content: systemPrompt }, ...conversation.messages],
          tools: tools.map(({ name, description, parameters }) => ({
            type: "function",
            function: { name, description, parameters },
          })),
        });
        const choice = answer.choices[0];
        if (!choice) throw new Error("the model gave no answer");
        span.setAttributes({
          "gen_ai.response.model": answer.model,
          "gen_ai.response.id": answer.id,
          "gen_ai.response.finish_reasons": [choice.finish_reason],
          "gen_ai.usage.input_tokens": answer.usage?.prompt_tokens ?? 0,
          "gen_ai.usage.output_tokens": answer.usage?.completion_tokens ?? 0,
          "gen_ai.output.messages": genAiMessages([choice.message]),
        });
        return choice.message;
      },
    );

  const execute = (tool: Tool, id: string, arguments_: Record<string, unknown>) =>
    inSpan(
      `execute_tool ${tool.name}`,
      {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": tool.name,
        "gen_ai.tool.call.id": id,
        "gen_ai.tool.call.arguments": JSON.stringify(arguments_),
      },
      async (span) => {
        const result = JSON.stringify(tool.run(arguments_));
        span.setAttribute("gen_ai.tool.call.result", result);
        return result;
      },
    );

  /** A failed tool is told to the model, which decides what to say about it. */
  async function callTool(name: string, id: string, arguments_: Record<string, unknown>): Promise<string> {
    const tool = tools.find((candidate) => candidate.name === name);
    if (!tool) return JSON.stringify({ error: `no tool ${name}` });
    return execute(tool, id, arguments_).catch((error: unknown) =>
      JSON.stringify({ error: error instanceof Error ? error.message : String(error) }),
    );
  }

  async function answer(conversation: Conversation): Promise<string> {
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const message = await chat(conversation);
      conversation.messages.push(message);
      if (!message.tool_calls?.length) return message.content ?? "";
      for (const call of message.tool_calls) {
        if (call.type !== "function") continue;
        const content = await callTool(call.function.name, call.id, JSON.parse(call.function.arguments));
        conversation.messages.push({ role: "tool", tool_call_id: call.id, content });
      }
    }
    return "I could not finish this.";
  }

  return {
    /** One turn: the customer says something, the agent answers. One trace. */
    respond: (conversation: Conversation, text: string): Promise<string> => {
      conversation.messages.push({ role: "user", content: text });
      return inSpan(
        "invoke_agent shop-support",
        {
          "gen_ai.operation.name": "invoke_agent",
          "gen_ai.agent.name": "shop-support",
          "gen_ai.conversation.id": conversation.id,
          "gen_ai.input.messages": genAiMessages([{ role: "user", content: text }]),
        },
        async (span) => {
          const said = await answer(conversation);
          span.setAttribute("gen_ai.output.messages", genAiMessages([{ role: "assistant", content: said }]));
          return said;
        },
      );
    },
  };
}
