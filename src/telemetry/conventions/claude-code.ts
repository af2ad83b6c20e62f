import type { Json, JsonObject } from "../../model/json.ts";
import type { Message, Part } from "../../model/message.ts";
import type { SpanKind } from "../../model/span.ts";
import type { Convention } from "./fields.ts";
import { firstValue } from "./messages/fields.ts";
import type { Reader } from "./reader.ts";

const KINDS: ReadonlyMap<string, SpanKind> = new Map<string, SpanKind>([
  ["interaction", "agent"],
  ["llm_request", "llm"],
  ["tool", "tool"],
  ["tool.execution", "other"],
  ["tool.blocked_on_user", "human"],
]);

/** `span.type`, with or without the prefix, else the span's name. */
const type = (r: Reader) => (r.text("span.type") ?? r.raw.name).replace(/^claude_code\./, "");

/**
 * Claude Code's trace export (beta). Counts leave cached tokens out, as Anthropic's API does; texts are withheld
 * unless the user switched them on. https://code.claude.com/docs/en/monitoring-usage
 */
export const claudeCode: Convention = {
  name: "claude_code",
  scope: /^com\.anthropic\.claude_code/,
  words: ["claude_code"],
  fields: {
    kind: (r) => KINDS.get(type(r)),
    status: (r) => (r.text("success") === "false" || r.text("error") !== undefined ? "error" : undefined),
    statusMessage: (r) => r.text("error"),
    errorType: (r) => r.text("error_type", "status_code"),
    agentName: (r) => r.text("agent_id", "query_source"),
    provider: () => "anthropic",
    model: (r) => r.text("model"),
    toolName: (r) => r.text("tool_name"),
    toolCallId: (r) => r.text("tool_use_id"),
    finishReasons: (r) => r.list("stop_reason"),
    usage: (r) => ({
      inputTokens: r.number("input_tokens"),
      outputTokens: r.number("output_tokens"),
      cacheReadTokens: r.number("cache_read_tokens"),
      cacheWriteTokens: r.number("cache_creation_tokens"),
      exclusive: true,
    }),
    costUsd: (r) => r.number("cost_usd"),
    timeToFirstTokenMs: (r) => r.number("ttft_ms"),
    responseId: (r) => r.text("request_id"),
    system: (r) => r.system("system_prompt", "system_prompt_preview"),
    inputMessages: (r) => r.textMessage("user", r.text("user_prompt", "new_context")),
    outputMessages,
    input: toolInput,
    output: (r) => toolOutput(r),
    toolDefinitions: (r) => r.json("tools"),
  },
};

function outputMessages(r: Reader): Message[] | undefined {
  const thinking = r.text("response.thinking_output");
  const text = r.text("response.model_output");
  const parts: Part[] = [
    ...(thinking === undefined ? [] : [{ type: "reasoning" as const, text: thinking }]),
    ...(r.textMessage("assistant", text)?.[0]?.parts ?? []),
  ];
  return parts.length > 0 ? [{ role: "assistant", parts }] : undefined;
}

/** What each tool's own attributes say of its arguments. */
const ARGUMENTS = [
  ["full_command", "command"],
  ["bash_command", "command"],
  ["file_path", "file_path"],
  ["skill_name", "skill"],
  ["subagent_type", "subagent_type"],
] as const;

/** The whole arguments where the user let them out, else those that have an attribute. */
function toolInput(r: Reader): Json | undefined {
  const whole = r.json("tool_input", "tool_parameters");
  if (whole !== undefined) return whole;
  const known = ARGUMENTS.flatMap(([attribute, name]): [string, Json][] => {
    const value = r.text(attribute);
    return value === undefined ? [] : [[name, value]];
  });
  return known.length > 0 ? Object.fromEntries(known) : undefined;
}

/** The result is an event of the span. */
function toolOutput(r: Reader): Json | undefined {
  const event: JsonObject | undefined = r.raw.events.findLast((e) => e.name === "tool.output")?.attributes;
  const output = event && firstValue(event, "output", "content", "diff");
  return output === undefined ? r.json("tool_result", "tool_output") : r.over({ output }).json("output");
}
