import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Message } from "../../model/message.ts";
import type { Span } from "../../model/span.ts";
import { anyField, booleanField, numberField, objectField, parsedOrText, textField } from "../fields.ts";
import { spanIdOf, syntheticSpan } from "../synthetic.ts";

/** What all spans of a turn share. */
export interface TurnFrame {
  readonly traceId: string;
  readonly sessionId: string;
  readonly service: string;
  readonly scope: string;
  readonly commit: string | null;
}

interface Tool {
  readonly name: string;
  readonly input: Json;
  readonly startUs: number;
  endUs: number | null;
  output: Json;
  failed: boolean;
}

/** The tool calls of a turn, from the model's item to the item with the output. */
export function createTools() {
  const tools = new Map<string, Tool>();
  return {
    open(item: JsonObject, timeUs: number): void {
      const type = textField(item, "type") ?? "";
      const callId = textField(item, "call_id", "id");
      if (!type.endsWith("_call") || callId === null) return;
      const input = anyField(item, "arguments", "input", "action");
      tools.set(callId, {
        name: textField(item, "name") ?? type.replace(/_call$/, ""),
        input: typeof input === "string" ? parsedOrText(input) : input,
        startUs: timeUs,
        endUs: null,
        output: null,
        failed: textField(item, "status") === "failed",
      });
    },
    end(item: JsonObject, timeUs: number, read: (items: Json[]) => Message[]): void {
      const tool = tools.get(textField(item, "call_id") ?? "");
      if (!tool) return;
      const result = toolOutput(item["output"] ?? null);
      tool.endUs = timeUs;
      tool.output = resultOf(read([{ ...item, output: result.output }]));
      tool.failed = result.failed;
    },
    spans: (frame: TurnFrame, parentSpanId: string): Span[] =>
      [...tools].map(([callId, tool]) => toolSpan(frame, parentSpanId, callId, tool)),
  };
}

function toolSpan(frame: TurnFrame, parentSpanId: string, callId: string, tool: Tool): Span {
  return syntheticSpan({
    ...frame,
    spanId: spanIdOf(frame.traceId, "tool", callId),
    parentSpanId,
    name: `execute_tool ${tool.name.slice(0, 200)}`,
    kind: "tool",
    startUs: tool.startUs,
    endUs: tool.endUs,
    status: tool.failed ? "error" : tool.endUs === null ? "unset" : "ok",
    statusMessage: tool.failed && typeof tool.output === "string" ? tool.output.slice(0, 500) : null,
    errorType: tool.failed ? "tool_error" : null,
    toolName: tool.name,
    toolCallId: callId,
    content: { input: tool.input, output: tool.output },
  });
}

const resultOf = (messages: readonly Message[]): Json => {
  const part = messages[0]?.parts[0];
  return part?.type === "tool_result" ? part.result : null;
};

/** Outputs are text, blocks, or JSON text `{output, metadata: {exit_code}}`; newer ones tell the code in words. */
function toolOutput(value: Json): { output: Json; failed: boolean } {
  const parsed = typeof value === "string" ? parsedOrText(value) : value;
  if (isJsonObject(parsed)) {
    const exit = numberField(objectField(parsed, "metadata") ?? {}, "exit_code");
    const failed = booleanField(parsed, "success") === false || (exit !== null && exit !== 0);
    return { output: anyField(parsed, "output", "content") ?? value, failed };
  }
  const said = typeof value === "string" ? EXIT_CODE.exec(value.slice(0, 400))?.[1] : undefined;
  return { output: value, failed: said !== undefined && said !== "0" };
}

const EXIT_CODE = /^(?:Exit code: |Process exited with code )(\d{1,4})/m;
