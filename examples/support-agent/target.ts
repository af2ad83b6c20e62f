import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { context, propagation, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import OpenAI from "openai";
import { createAgent, SYSTEM_PROMPT } from "./agent.ts";
import { startEndpoint } from "./endpoint.ts";
import { startTracing } from "./tracing.ts";

// The support agent as a target of evaluations: one input as JSON on stdin, one answer as JSON on stdout.

type ChatMessage = OpenAI.Chat.Completions.ChatCompletionMessageParam;

interface Input {
  readonly inputs: { readonly message?: string };
  readonly messages: ChatMessage[];
  readonly sessionId: string;
  readonly prompts: { readonly system?: string };
  readonly traceparent: string;
}

/** What the customer says now: the last message of the conversation, or the example's own. */
function split({ inputs, messages }: Input): { history: ChatMessage[]; said: string } {
  const last = messages.at(-1);
  if (last?.role === "user" && typeof last.content === "string")
    return { history: messages.slice(0, -1), said: last.content };
  return { history: [...messages], said: inputs.message ?? "" };
}

/** The tools that were called, with what they gave. */
function toolCallsOf(messages: readonly ChatMessage[]) {
  return messages.flatMap((message) => {
    if (message.role !== "assistant") return [];
    return (message.tool_calls ?? []).flatMap((call) => {
      if (call.type !== "function") return [];
      const answer = messages.find((other) => other.role === "tool" && other.tool_call_id === call.id);
      return [
        {
          name: call.function.name,
          arguments: JSON.parse(call.function.arguments),
          result: typeof answer?.content === "string" ? JSON.parse(answer.content) : null,
        },
      ];
    });
  });
}

/** The prompt of an evaluation, else the file that the command names, else the agent's own. */
const promptFile = process.argv[2];
const ownPrompt = promptFile ? readFileSync(promptFile, "utf8") : SYSTEM_PROMPT;

const input: Input = JSON.parse(await text(process.stdin));
const endpoint = await startEndpoint();
const tracing = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] ? startTracing() : null;
const agent = createAgent({
  client: new OpenAI({ baseURL: endpoint.url, apiKey: "none needed", maxRetries: 0 }),
  tracer: tracing?.tracer ?? trace.getTracer("shop-support"),
  systemPrompt: input.prompts.system ?? ownPrompt,
});

const { history, said } = split(input);
const conversation = { id: input.sessionId, messages: [...history] };
const parent = propagation.extract(ROOT_CONTEXT, { traceparent: input.traceparent });
const output = await context.with(parent, () => agent.respond(conversation, said));
const added = conversation.messages.slice(history.length + 1);
const toolCalls = toolCallsOf(added);
const refunds = toolCalls.filter(({ name, result }) => name === "issue_refund" && !result.error);

console.log(
  JSON.stringify({
    output,
    messages: added,
    toolCalls,
    state: { refunded: refunds.map(({ result }) => result.order_id) },
  }),
);
await tracing?.shutdown();
await endpoint.close();
