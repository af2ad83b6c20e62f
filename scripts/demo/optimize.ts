import type { Client } from "@modelcontextprotocol/client";
import { GATEWAY_REQUESTS, REQUESTS } from "../../examples/support-agent/requests.ts";
import type { Json, JsonObject } from "../../src/model/json.ts";
import { ask, ended, paint, quietly } from "./ask.ts";

const CAMPAIGN = {
  target: "examples/support-agent/worker.yaml",
  prompts: ["system=shop-support@production"],
  judges: ["resolved"],
  proposer: "model",
};

/** A campaign to its end. */
async function campaign(client: Client, question: string, more: JsonObject): Promise<JsonObject> {
  const started = await ask(client, question, "start_optimization", { ...CAMPAIGN, ...more });
  const job = await ended(client, started);
  if (job["state"] === "failed") console.log(paint(31, `  ${String(job["error"])}`));
  return { ...job, optimization: started["optimization"] ?? null };
}

async function finish(client: Client, question: string, optimization: string): Promise<JsonObject> {
  for (;;) {
    const answer = await ask(client, question, "finish_optimization", { optimization });
    if (answer["verdict"] !== undefined) return answer;
    await ended(client, answer);
  }
}

const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value));

/** From a prompt to a proposal; where nothing helps, and where the prompt is not even used, to an honest end. */
export async function optimize(client: Client): Promise<void> {
  await quietly(client, "save_dataset", { name: "requests", examples: [...REQUESTS].map(asJson) });
  await quietly(client, "save_dataset", { name: "gateway", examples: [...GATEWAY_REQUESTS].map(asJson) });
  await quietly(client, "save_judge", { name: "resolved", builtin: "contains" });
  await ask(client, "Keep the agent's prompt, linked to its place in the code", "save_prompt", {
    name: "shop-support",
    file: "examples/support-agent/agent.ts#SYSTEM_PROMPT",
    alias: "production",
  });
  const { optimization } = await campaign(client, "Improve it, unattended, with at most 8 proposals", {
    dataset: "requests",
    maxProposals: 8,
  });
  await ask(client, "What was tried, and why was it kept or not?", "get_record", {
    kind: "optimization",
    id: String(optimization),
  });
  const found = await finish(client, "Is it better on sealed examples?", String(optimization));
  await ask(client, "What would applying it change?", "apply_proposal", {
    proposal: String(found["proposal"]),
    dryRun: true,
  });
  const hopeless = await campaign(client, "And the refunds that the payment gateway refuses?", {
    dataset: "gateway",
    maxProposals: 4,
  });
  await finish(client, "Did any wording help?", String(hopeless["optimization"]));
  await campaign(client, "Improve an agent that ignores the prompts it is given", {
    dataset: "requests",
    target: "examples/support-agent/deaf-worker.yaml",
  });
}
