import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { context, propagation, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import OpenAI from "openai";
import { createAgent, SYSTEM_PROMPT } from "./agent.ts";
import { startEndpoint } from "./endpoint.ts";
import { startTracing } from "./tracing.ts";

// The support agent as a target of evaluations: one input as JSON on stdin, one answer as JSON on stdout. With --worker
// it stays: one input a line, one answer a line. With --deaf it takes no notice of the prompts that it is given.

type ChatMessage = OpenAI.Chat.Completions.ChatCompletionMessageParam;

interface Input {
  readonly id?: string;
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

const flags = process.argv.slice(2);
const promptFile = flags.find((flag) => !flag.startsWith("--"));
const ownPrompt = promptFile ? readFileSync(promptFile, "utf8") : SYSTEM_PROMPT;

/** The prompt of an evaluation, else the file that the command names, else the agent's own. */
const promptOf = ({ prompts }: Input): string =>
  flags.includes("--deaf") ? ownPrompt : (prompts.system ?? ownPrompt);

const endpoint = await startEndpoint();
const client = new OpenAI({ baseURL: endpoint.url, apiKey: "none needed", maxRetries: 0 });
const tracing = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] ? startTracing() : null;

async function answer(input: Input) {
  const agent = createAgent({
    client,
    tracer: tracing?.tracer ?? trace.getTracer("shop-support"),
    systemPrompt: promptOf(input),
  });
  const { history, said } = split(input);
  const conversation = { id: input.sessionId, messages: [...history] };
  const parent = propagation.extract(ROOT_CONTEXT, { traceparent: input.traceparent });
  const output = await context.with(parent, () => agent.respond(conversation, said));
  const added = conversation.messages.slice(history.length + 1);
  const toolCalls = toolCallsOf(added);
  const refunds = toolCalls.filter(({ name, result }) => name === "issue_refund" && !result.error);
  await tracing?.flush();
  return {
    ...(input.id === undefined ? {} : { id: input.id }),
    output,
    messages: added,
    toolCalls,
    state: { refunded: refunds.map(({ result }) => result.order_id) },
  };
}

if (flags.includes("--worker"))
  for await (const line of createInterface({ input: process.stdin }))
    console.log(JSON.stringify(await answer(JSON.parse(line))));
else console.log(JSON.stringify(await answer(JSON.parse(await text(process.stdin)))));
await tracing?.shutdown();
await endpoint.close();
