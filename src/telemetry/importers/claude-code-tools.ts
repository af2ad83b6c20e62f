import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Message } from "../../model/message.ts";
import type { Span } from "../../model/span.ts";
import { booleanField, objectField, textField } from "../fields.ts";
import { spanIdOf, syntheticSpan } from "../synthetic.ts";
import { frameOf, type RunOptions } from "./claude-code-frame.ts";
import type { Row } from "./claude-code-row.ts";

interface Tool {
  readonly id: string;
  readonly name: string;
  readonly input: Json;
  readonly startUs: number;
  endUs: number | null;
  output: Json;
  failed: boolean;
  details: JsonObject | null;
}

/** Structured results (whole files, patches) are kept beside the text that the model saw, up to this size. */
const MAX_DETAILS = 64 << 10;

/** The tool calls of a run, from their `tool_use` blocks to their results. */
export function createTools() {
  const tools = new Map<string, Tool>();
  return {
    open(block: JsonObject, row: Row): void {
      const id = textField(block, "id") ?? `${row.uuid ?? row.line}`;
      if (tools.has(id)) return;
      tools.set(id, {
        id,
        name: textField(block, "name") ?? "unknown",
        input: block["input"] ?? null,
        startUs: row.timeUs,
        endUs: null,
        output: null,
        failed: false,
        details: null,
      });
    },
    end(block: JsonObject, row: Row, read: (message: Json) => Message[]): void {
      const tool = tools.get(textField(block, "tool_use_id") ?? "");
      if (!tool) return;
      tool.endUs = row.timeUs;
      tool.failed = booleanField(block, "is_error") === true;
      tool.output = resultOf(read({ role: "user", content: [block] }));
      tool.details = row.results.length === 1 ? objectField(row.raw, "toolUseResult") : null;
    },
    /** The call that started a subagent: by the id in its result, else by what the subagent was asked. */
    toolFor(agentId: string | null, asked: string): string | null {
      const all = [...tools.values()];
      const named = all.find((tool) => agentId !== null && agentOf(tool) === agentId);
      const asking = (tool: Tool) => isJsonObject(tool.input) && textField(tool.input, "prompt") === asked;
      return (named ?? (asked === "" ? undefined : all.find(asking)))?.id ?? null;
    },
    /** Agents whose work is in files of their own: their id and the call that started them. */
    startedAgents(): { agentId: string; toolId: string; agentType: string | null }[] {
      return [...tools.values()].flatMap((tool) => {
        const agentId = agentOf(tool);
        const input = isJsonObject(tool.input) ? tool.input : {};
        const agentType = textField(tool.details ?? {}, "agentType") ?? textField(input, "subagent_type");
        return agentId === null ? [] : [{ agentId, toolId: tool.id, agentType }];
      });
    },
    spans: (options: RunOptions): Span[] => [...tools.values()].map((tool) => toolSpan(options, tool)),
  };
}

const agentOf = (tool: Tool): string | null => (tool.details ? textField(tool.details, "agentId") : null);

/** The id of a tool call's span; the same as the one that log records of the call give. */
export const toolSpanId = (traceId: string, toolUseId: string): string =>
  spanIdOf(traceId, "tool", toolUseId);

const resultOf = (messages: readonly Message[]): Json => {
  const part = messages[0]?.parts[0];
  return part?.type === "tool_result" ? part.result : null;
};

function toolSpan(options: RunOptions, tool: Tool): Span {
  const details =
    tool.details !== null && JSON.stringify(tool.details).length <= MAX_DETAILS
      ? { "claude_code.tool_use_result": tool.details }
      : {};
  return syntheticSpan({
    ...frameOf(options),
    spanId: toolSpanId(options.traceId, tool.id),
    parentSpanId: options.spanId,
    name: `execute_tool ${tool.name.slice(0, 200)}`,
    kind: "tool",
    startUs: tool.startUs,
    endUs: tool.endUs,
    status: tool.failed ? "error" : tool.endUs === null ? "unset" : "ok",
    statusMessage: tool.failed && typeof tool.output === "string" ? tool.output.slice(0, 500) : null,
    errorType: tool.failed ? "tool_error" : null,
    toolName: tool.name,
    toolCallId: tool.id,
    findings: tool.endUs === null ? [{ code: "missing_end", detail: "the tool call has no result" }] : [],
    content: { input: tool.input, output: tool.output },
    source: { attributes: details },
  });
}
