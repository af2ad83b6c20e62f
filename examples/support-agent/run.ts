import OpenAI from "openai";
import { createAgent } from "./agent.ts";
import { CONVERSATIONS } from "./conversations.ts";
import { startEndpoint } from "./endpoint.ts";
import { startTracing } from "./tracing.ts";

/** The shop's thumbs button: feedback of an end user goes to the collector by conversation id. */
async function sendFeedback(sessionId: string, value: boolean, rationale: string | undefined): Promise<void> {
  const url = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? "http://127.0.0.1:4318";
  const headers = new Headers({
    "content-type": "application/json",
    "idempotency-key": `thumbs-${sessionId}`,
  });
  for (const pair of (process.env["OTEL_EXPORTER_OTLP_HEADERS"] ?? "").split(",").filter(Boolean)) {
    headers.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
  }
  const body = JSON.stringify({ sessionId, name: "thumbs", value, ...(rationale ? { rationale } : {}) });
  const response = await fetch(`${url}/v1/feedback`, { method: "POST", headers, body });
  if (!response.ok) throw new Error(`feedback was refused: ${response.status} ${await response.text()}`);
}

const endpoint = await startEndpoint();
const tracing = startTracing();
const client = new OpenAI({ baseURL: endpoint.url, apiKey: "none needed", maxRetries: 0 });
const agent = createAgent({ client, tracer: tracing.tracer });

for (const { id, turns, thumbs, comment } of CONVERSATIONS) {
  const conversation = { id, messages: [] };
  for (const text of turns) {
    const answer = await agent.respond(conversation, text);
    console.log(`${id}  customer: ${text}\n${" ".repeat(id.length)}  agent:    ${answer}`);
  }
  if (thumbs !== undefined) await sendFeedback(id, thumbs, comment);
}

await tracing.shutdown();
await endpoint.close();
