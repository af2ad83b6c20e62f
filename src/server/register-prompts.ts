import type { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { App } from "../app/app.ts";
import { fillPrompt } from "../prompts.ts";
import { settledCollector } from "../settled-collector.ts";

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
    async ({ framework }) =>
      userMessage(
        fillPrompt("add_tracing", {
          framework: framework?.trim() || "not given; look at the dependencies",
          endpoint: (await settledCollector(app)).httpUrl ?? DEFAULT_ENDPOINT,
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
  server.registerPrompt(
    "improve_agent",
    {
      title: "Improve the agent",
      description:
        "Improve the agent's prompts or code by a campaign that ends in a proposal with its evidence.",
      argsSchema: z.object({
        goal: z.string().max(1_000).optional().describe("What should get better."),
        budget: z.string().max(200).optional().describe("E.g. 2 dollars, or 500 calls."),
      }),
    },
    ({ goal, budget }) =>
      userMessage(
        fillPrompt("improve_agent", {
          goal: goal?.trim() || "not said; find out what fails most",
          budget: budget?.trim() || "not said; ask before anything is paid for",
        }),
      ),
  );
}
