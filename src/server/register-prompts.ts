import type { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { App } from "../app/app.ts";
import { fillPrompt } from "../prompts.ts";

const DEFAULT_ENDPOINT = "http://127.0.0.1:4318";

const userMessage = (text: string) => ({
  messages: [{ role: "user" as const, content: { type: "text" as const, text } }],
});

/** Slash prompts: whole tasks that a person starts by name. */
export function registerPrompts(server: McpServer, app: App): void {
  server.registerPrompt(
    "add_tracing",
    {
      title: "Add tracing",
      description:
        "Instrument this repository's agent so that its traces arrive here, and prove that they do.",
      argsSchema: z.object({
        framework: z.string().max(200).optional().describe("What the agent is built with."),
      }),
    },
    ({ framework }) =>
      userMessage(
        fillPrompt("add_tracing", {
          framework: framework?.trim() || "not given; look at the dependencies",
          endpoint: app.collector().httpUrl ?? DEFAULT_ENDPOINT,
          project: app.project.id,
        }),
      ),
  );
  server.registerPrompt(
    "analyze_failures",
    {
      title: "Analyze failures",
      description: "Find out what goes wrong most often, with counts and examples.",
      argsSchema: z.object({
        filter: z.string().max(2_000).optional().describe("Default: since 24h."),
      }),
    },
    ({ filter }) => userMessage(fillPrompt("analyze_failures", { filter: filter?.trim() || "since 24h" })),
  );
}
