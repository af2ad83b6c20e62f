import type { McpServer, ServerContext, StandardSchemaWithJSON } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { App } from "../app/app.ts";
import { isJsonObject, Json, type JsonObject } from "../model/json.ts";
import type { Tool } from "../tool.ts";

/** A tool's argument schema as JSON Schema, without what no host reads. */
export function toolSchema(tool: Tool): JsonObject {
  const { $schema: _, ...schema } = z.toJSONSchema(tool.input, { io: "input" });
  const json = Json.parse(JSON.parse(JSON.stringify(schema, dropBounds)));
  if (!isJsonObject(json)) throw new TypeError("a tool's schema is an object");
  return json;
}

/**
 * Zod adds safe-integer bounds to every integer and says that keys are texts; longest lengths are told by the error of
 * who exceeds them. A reader of 26 schemas is better off without.
 */
const dropBounds = (key: string, value: unknown): unknown =>
  key === "propertyNames" ||
  (key === "maxLength" && typeof value === "number") ||
  ((key === "maximum" || key === "minimum") && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER)
    ? undefined
    : value;

declare const EVALWRIGHT_TOOL_SCHEMAS: Readonly<Record<string, JsonObject>> | undefined;

/** The bundle carries the schemas of its tools: generating them would take a fifth of its start-up. */
const prepared = typeof EVALWRIGHT_TOOL_SCHEMAS === "undefined" ? undefined : EVALWRIGHT_TOOL_SCHEMAS;

/** Lets every argument through: the tool itself checks them, so that its own error text reaches the model. */
function advertise(tool: Tool): StandardSchemaWithJSON<unknown, unknown> {
  const schema = prepared?.[tool.name] ?? toolSchema(tool);
  return {
    "~standard": {
      version: 1,
      vendor: "evalwright",
      validate: (value: unknown) => ({ value }),
      jsonSchema: { input: () => schema, output: () => schema },
    },
  };
}

function progressSender(context: ServerContext) {
  const token = context.mcpReq._meta?.progressToken;
  return (done: number, total: number | null, unit: string) => {
    if (token === undefined) return;
    const params = {
      progressToken: token,
      progress: done,
      message: unit,
      ...(total === null ? {} : { total }),
    };
    // A client that went away needs no progress; its request is aborted by the signal.
    context.mcpReq.notify({ method: "notifications/progress", params }).catch(() => undefined);
  };
}

/**
 * Registers a tool. `structuredContent` is all that Claude Code and Codex show their model; `content` carries the
 * same JSON as text for every other host.
 */
export function registerTool(server: McpServer, app: App, tool: Tool): void {
  const config = {
    title: tool.title,
    description: tool.description,
    inputSchema: advertise(tool),
    annotations: { ...tool.hints },
    ...(tool.alwaysLoad ? { _meta: { "anthropic/alwaysLoad": true } } : {}),
  };
  server.registerTool(tool.name, config, async (arguments_: unknown, context: ServerContext) => {
    // Loaded with the first call: hosts start servers just to list their tools.
    const { callTool } = await import("../app/call-tool.ts");
    const result = await callTool(app, tool, arguments_, {
      signal: context.mcpReq.signal,
      progress: progressSender(context),
    });
    if (!result.ok) return { isError: true, content: [{ type: "text", text: result.message }] };
    return {
      content: [{ type: "text", text: JSON.stringify(result.value) }],
      structuredContent: result.value,
    };
  });
}
