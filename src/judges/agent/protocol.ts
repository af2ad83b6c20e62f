import { z } from "zod";
import { findJson } from "../../llm/json-answer.ts";
import type { LlmAnswer, LlmRequest, LlmTool } from "../../llm/llm.ts";
import { isJsonObject, Json, type JsonObject } from "../../model/json.ts";
import type { Message } from "../../model/message.ts";
import { fillPrompt, promptText } from "../../prompts.ts";

/** `native`: the endpoint's tool calls. `json`: for endpoints without, an action is the answer. */
export type Protocol = "native" | "json";

const Call = z.object({ name: z.string(), arguments: Json });

/** What a model did in one answer, and what came of it. */
export const Action = z.object({ text: z.string(), calls: z.array(Call) });
export type Action = z.infer<typeof Action>;
export interface Step extends Action {
  /** One for each call. */
  readonly results: readonly string[];
}

export const VERDICT_TOOL = "give_verdict";

/** The tool by which a judge ends. */
export function verdictTool(labels: readonly string[]): LlmTool {
  const text = (description: string): JsonObject => ({ type: ["string", "null"], description });
  return {
    name: VERDICT_TOOL,
    description: "Ends the judging.",
    parameters: {
      type: "object",
      properties: {
        rationale: { type: "string" },
        agent: text("The agent (or tool) that made the deciding mistake, where there is one"),
        span: text("The id of the deciding step's span, where there is one"),
        label: { type: "string", enum: [...labels] },
      },
      required: ["rationale", "agent", "span", "label"],
      additionalProperties: false,
    },
  };
}

/** Characters of results that a model is sent again with each step; older ones give way to newer ones. */
const CONTEXT_CHARS = 60_000;

/** The steps with the oldest results left out, as far as it takes, and how many characters these had. */
export function remembered(steps: readonly Step[]): {
  readonly steps: readonly Step[];
  readonly cut: number;
} {
  let over =
    steps.flatMap(({ results }) => results).reduce((sum, { length }) => sum + length, 0) - CONTEXT_CHARS;
  let cut = 0;
  const kept = steps.map((step) => ({
    ...step,
    results: step.results.map((result) => {
      if (over <= 0) return result;
      over -= result.length;
      cut += result.length;
      return `(${result.length} characters, left out to make room: call it again if it matters)`;
    }),
  }));
  return { steps: kept, cut };
}

const text = (role: Message["role"], said: string): Message => ({
  role,
  parts: [{ type: "text", text: said }],
});

function nativeMessages({ text: said, calls, results }: Step, index: number): Message[] {
  if (calls.length === 0)
    return [text("assistant", said || "(nothing)"), text("user", promptText("answer/act"))];
  const id = (i: number) => `c${index}_${i}`;
  return [
    {
      role: "assistant",
      parts: [
        ...(said.trim() === "" ? [] : [{ type: "text" as const, text: said }]),
        ...calls.map((call, i) => ({ type: "tool_call" as const, id: id(i), ...call })),
      ],
    },
    {
      role: "tool",
      parts: calls.map(({ name }, i) => ({ type: "tool_result", id: id(i), name, result: results[i] ?? "" })),
    },
  ];
}

function jsonMessages({ text: said, calls, results }: Step): Message[] {
  if (calls.length === 0)
    return [text("assistant", said || "(nothing)"), text("user", promptText("answer/act"))];
  return calls.flatMap(({ name, arguments: given }, i) => [
    text("assistant", JSON.stringify({ tool: name, arguments: given })),
    text("user", `Result of ${name}:\n${results[i] ?? ""}`),
  ]);
}

const isAction = (value: Json): boolean =>
  isJsonObject(value) && (typeof value["tool"] === "string" || typeof value["label"] === "string");

const ACTION: JsonObject = {
  type: "object",
  properties: { tool: { type: "string" }, arguments: { type: "object" } },
  required: ["tool", "arguments"],
};

export interface Turn {
  readonly system: string;
  readonly opening: string;
  readonly steps: readonly Step[];
  readonly tools: readonly LlmTool[];
  /** Nothing but the verdict is taken. */
  readonly isLast: boolean;
}

/** One request of a reading judge. */
export function stepRequest({ system, opening, steps, tools, isLast }: Turn, protocol: Protocol): LlmRequest {
  const offered = isLast ? tools.filter(({ name }) => name === VERDICT_TOOL) : tools;
  const listed = offered.map(
    (tool) => `- ${tool.name}: ${tool.description} ${JSON.stringify(tool.parameters)}`,
  );
  const asks = protocol === "json" ? `\n\n${fillPrompt("answer/action", { tools: listed.join("\n") })}` : "";
  return {
    messages: [
      text("system", system + asks),
      text("user", opening),
      ...steps.flatMap((step, i) => (protocol === "native" ? nativeMessages(step, i) : jsonMessages(step))),
      ...(isLast ? [text("user", promptText("answer/last-step"))] : []),
    ],
    ...(protocol === "native"
      ? { tools: offered }
      : { answer: { name: "action", schema: ACTION, accepts: isAction } }),
    temperature: 0,
  };
}

/** What an answer asks for: its tool calls, else an action or a verdict that it wrote as JSON. */
export function actionIn({ text: said, toolCalls }: Pick<LlmAnswer, "text" | "toolCalls">): Action {
  if (toolCalls.length > 0)
    return { text: said, calls: toolCalls.map(({ name, arguments: given }) => ({ name, arguments: given })) };
  const found = findJson(said, isAction);
  if (!isJsonObject(found)) return { text: said, calls: [] };
  const { tool } = found;
  if (typeof tool !== "string") return { text: "", calls: [{ name: VERDICT_TOOL, arguments: found }] };
  return { text: "", calls: [{ name: tool, arguments: found["arguments"] ?? {} }] };
}
