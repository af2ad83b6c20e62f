import { Agent, request as httpRequest } from "node:http";
import { createLlm } from "../src/llm/create-llm.ts";
import { Endpoint } from "../src/model/endpoint.ts";
import type { Message } from "../src/model/message.ts";
import { spawnScriptedEndpoint } from "../test/scripted-endpoint.ts";
import { median } from "./measure.ts";

const CALLS = 2_000;
const WIDTH = 64;
const LATENCY_MS = 50;
const ROUNDS = 5;

interface CallCost {
  /** Times the time that the endpoint's latency alone takes. */
  readonly ratio: number;
  /** Processor time of this process for a call, in microseconds. */
  readonly cpuUs: number;
}

export interface CallBench {
  readonly ours: CallCost;
  /** The same bytes over node:http and nothing else: what no client can be below. */
  readonly bare: CallCost;
}

const schema = {
  type: "object",
  properties: { rationale: { type: "string" }, label: { enum: ["yes", "no"] } },
  required: ["rationale", "label"],
  additionalProperties: false,
};

const messagesOf = (call: number): Message[] => [
  { role: "system", parts: [{ type: "text", text: `You are a judge. ${"Be fair. ".repeat(50)}` }] },
  { role: "user", parts: [{ type: "text", text: `Item ${call}: ${"some text of an answer ".repeat(80)}` }] },
];

async function measure(one: (call: number) => Promise<unknown>): Promise<CallCost> {
  const before = process.cpuUsage();
  const start = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: WIDTH }, async () => {
      while (next < CALLS) {
        next += 1;
        await one(next);
      }
    }),
  );
  const { user, system } = process.cpuUsage(before);
  const elapsed = performance.now() - start;
  return { ratio: elapsed / ((CALLS / WIDTH) * LATENCY_MS), cpuUs: (user + system) / CALLS };
}

function bareCall(url: URL, agent: Agent): (call: number) => Promise<unknown> {
  return (call) =>
    new Promise((resolve, reject) => {
      const messages = messagesOf(call).map(({ role, parts }) => ({ role, content: JSON.stringify(parts) }));
      const body = Buffer.from(JSON.stringify({ model: "m", messages, schema }));
      const headers = { "content-type": "application/json", "content-length": String(body.length) };
      const request = httpRequest(url, { method: "POST", agent, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.once("end", () => resolve(JSON.parse(text)));
      });
      request.once("error", reject);
      request.end(body);
    });
}

/** Our client beside bare HTTP, in turns, so that both see the same machine; the endpoint is another process. */
export async function measureCalls(): Promise<CallBench> {
  await using server = await spawnScriptedEndpoint({
    latencyMs: LATENCY_MS,
    otherwise: '{"rationale":"It is right.","label":"yes"}',
  });
  const endpoint = Endpoint.parse({ name: "bench", baseUrl: server.url, model: "m", concurrency: WIDTH });
  const llm = createLlm(endpoint, { env: {} });
  const { signal } = new AbortController();
  const answer = { name: "verdict", schema };
  const ours = (call: number): Promise<unknown> =>
    llm.complete({ messages: messagesOf(call), answer, maxOutputTokens: 500, temperature: 0 }, { signal });
  const agent = new Agent({ keepAlive: true, scheduling: "lifo" });
  const bare = bareCall(new URL(`${server.url}/chat/completions`), agent);
  await measure(ours);
  await measure(bare);
  const costs: CallBench[] = [];
  for (let round = 0; round < ROUNDS; round += 1)
    costs.push({ ours: await measure(ours), bare: await measure(bare) });
  agent.destroy();
  const middle = (of: "ours" | "bare"): CallCost => ({
    ratio: median(costs.map((cost) => cost[of].ratio)),
    cpuUs: median(costs.map((cost) => cost[of].cpuUs)),
  });
  return { ours: middle("ours"), bare: middle("bare") };
}
