import type { Endpoint } from "../model/endpoint.ts";
import type { JsonObject } from "../model/json.ts";
import { fillPrompt, promptText } from "../prompts.ts";
import { isStrictSchema } from "./json-answer.ts";
import type { AnswerSchema, LlmRequest, LlmTool } from "./llm.ts";
import type { Plan } from "./plan.ts";

/** The body of one attempt. The request's own settings go before the endpoint's `extra`. */
export function requestBody(
  endpoint: Endpoint,
  request: LlmRequest,
  messages: readonly JsonObject[],
  plan: Plan,
): JsonObject {
  const { temperature, seed, answer, tools } = request;
  return {
    ...endpoint.extra,
    model: endpoint.model,
    messages: withInstructions(messages, instructions(answer, plan)),
    ...(temperature === undefined || plan.left.includes("temperature") ? {} : { temperature }),
    ...(seed === undefined || plan.left.includes("seed") ? {} : { seed }),
    ...(plan.maxOutputTokens === undefined ? {} : { [plan.tokenField]: plan.maxOutputTokens }),
    ...(answer ? responseFormat(answer, plan) : {}),
    ...(tools ? { tools: tools.map(functionOf) } : {}),
  };
}

const functionOf = ({ name, description, parameters }: LlmTool): JsonObject => ({
  type: "function",
  function: { name, description, parameters },
});

function responseFormat({ name, schema }: AnswerSchema, { mode }: Plan): JsonObject {
  if (mode === "json_object") return { response_format: { type: "json_object" } };
  if (mode !== "json_schema") return {};
  const strict = isStrictSchema(schema);
  return { response_format: { type: "json_schema", json_schema: { name, strict, schema } } };
}

function instructions(answer: AnswerSchema | undefined, plan: Plan): string[] {
  if (!answer) return [];
  return [
    ...(plan.instruct ? [fillPrompt("answer/json", { schema: JSON.stringify(answer.schema) })] : []),
    ...(plan.malformed > 0 ? [promptText("answer/json-again")] : []),
    // The first time more room may be enough, if there was a limit of ours.
    ...(!answer.whole && (plan.truncated > 1 || (plan.truncated === 1 && plan.maxOutputTokens === undefined))
      ? [promptText("answer/shorter")]
      : []),
  ];
}

/**
 * Appended to the first system message, else to the last user message: many chat templates take a system message only
 * at the beginning and user messages only in turn.
 */
function withInstructions(messages: readonly JsonObject[], texts: readonly string[]): JsonObject[] {
  if (texts.length === 0) return [...messages];
  const text = texts.join("\n\n");
  const system = messages.findIndex((message) => message["role"] === "system");
  const at = system >= 0 ? system : messages.findLastIndex((message) => message["role"] === "user");
  if (at < 0) return [...messages, { role: "user", content: text }];
  return messages.map((message, index) => {
    if (index !== at) return message;
    const { content } = message;
    const joined = Array.isArray(content)
      ? [...content, { type: "text", text }]
      : `${typeof content === "string" ? content : ""}\n\n${text}`;
    return { ...message, content: joined };
  });
}
