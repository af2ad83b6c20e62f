import { McpServer } from "@modelcontextprotocol/server";
import { tools } from "#tools";
import type { App } from "../app/app.ts";
import { fillPrompt } from "../prompts.ts";
import { version } from "../runtime.ts";
import { registerPrompts } from "./register-prompts.ts";
import { registerResources } from "./register-resources.ts";
import { registerTool } from "./register-tools.ts";

/** One MCP server over the app: cheap, since some hosts and eras want a fresh one for each connection. */
export function createServer(app: App): McpServer {
  const server = new McpServer(
    { name: "evalwright", title: "Evalwright", version },
    { instructions: fillPrompt("instructions", { project: app.project.id }) },
  );
  for (const tool of tools) registerTool(server, app, tool);
  registerResources(server, app);
  registerPrompts(server, app);
  return server;
}
