/** Agents under test as users write them: they look for the base URL where their SDK does, and know of no proxy. */

/** Asks as often as the example says, in TypeScript, with a key of its own. */
export const TYPESCRIPT = `
import { readFileSync } from "node:fs";
const { inputs } = JSON.parse(readFileSync(0, "utf8")) as { inputs: { message: string; times?: number } };
let said = "nothing";
for (let i = 0; i < (inputs.times ?? 1); i++) {
  const response: Response = await fetch(process.env["OPENAI_BASE_URL"] + "/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer agents-own-key" },
    body: JSON.stringify({ model: "scripted", messages: [{ role: "user", content: inputs.message + " #" + i }] }),
  });
  const answer = await response.json();
  said = response.ok ? answer.choices[0].message.content : "I caught " + response.status;
}
process.stdout.write(JSON.stringify({ output: said }));
`;

export const PYTHON = `
import json, os, sys, urllib.request
inputs = json.load(sys.stdin)["inputs"]
body = {"model": "scripted", "messages": [{"role": "user", "content": inputs["message"]}]}
request = urllib.request.Request(
    os.environ["OPENAI_BASE_URL"] + "/chat/completions",
    data=json.dumps(body).encode(),
    headers={"content-type": "application/json", "authorization": "Bearer agents-own-key"},
)
with urllib.request.urlopen(request) as response:
    print(json.dumps({"output": json.load(response)["choices"][0]["message"]["content"]}))
`;

/** A worker that asks in the middle of its requests, and once more after it has answered. */
export const WORKER = `
import { createInterface } from "node:readline";
const ask = async (content) => {
  const response = await fetch(process.env["OPENAI_BASE_URL"] + "/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "scripted", messages: [{ role: "user", content }] }),
  });
  return (await response.json()).choices[0].message.content;
};
for await (const line of createInterface({ input: process.stdin })) {
  const { id, inputs } = JSON.parse(line);
  process.stdout.write(JSON.stringify({ id, output: await ask(inputs.message) }) + "\\n");
}
`;

/** It has an address of its own, and says what it paid only when told to. */
export const DEAF = `
import { readFileSync } from "node:fs";
const { inputs } = JSON.parse(readFileSync(0, "utf8"));
const usage = inputs.message.includes("tell") ? { costUsd: 0.5, inputTokens: 7, outputTokens: 3 } : null;
process.stdout.write(JSON.stringify({ output: "said without a model", usage }));
`;

/** Sends a span of a model call with 5 and 6 tokens; asks a model, and says what it used, only when told to. */
export const TRACED = `
import { readFileSync } from "node:fs";
const { inputs, traceparent } = JSON.parse(readFileSync(0, "utf8"));
const post = (url: string, body: unknown, headers = {}) =>
  fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
const [, traceId, parentSpanId] = traceparent.split("-");
const now = BigInt(Date.now()) * 1000000n;
const attribute = (key: string, value: object) => ({ key, value });
const [name, project] = (process.env["OTEL_EXPORTER_OTLP_HEADERS"] ?? "=").split("=");
await post(process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/v1/traces", {
  resourceSpans: [{ scopeSpans: [{ spans: [{
    traceId, parentSpanId, spanId: "00f067aa0ba902b7", name: "chat", kind: 3,
    startTimeUnixNano: String(now), endTimeUnixNano: String(now + 1000000n),
    attributes: [
      attribute("gen_ai.operation.name", { stringValue: "chat" }),
      attribute("gen_ai.request.model", { stringValue: "scripted" }),
      attribute("gen_ai.usage.input_tokens", { intValue: 5 }),
      attribute("gen_ai.usage.output_tokens", { intValue: 6 }),
    ],
  }] }] }],
}, { [name ?? ""]: project });
if (inputs.asks)
  await post(process.env["OPENAI_BASE_URL"] + "/chat/completions", { model: "scripted", messages: [{ role: "user", content: inputs.asks }] });
const usage = inputs.tells ? { inputTokens: 1, outputTokens: 2, costUsd: 3 } : null;
process.stdout.write(JSON.stringify({ output: "done", usage }));
`;

/** Answers after the first of two questions, and asks the second while nobody waits for it. */
export const RESTLESS = `
import { createInterface } from "node:readline";
const ask = (content) =>
  fetch(process.env["OPENAI_BASE_URL"] + "/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "scripted", messages: [{ role: "user", content }] }),
  }).then((response) => response.text());
for await (const line of createInterface({ input: process.stdin })) {
  const { id, inputs } = JSON.parse(line);
  await ask(inputs.message);
  process.stdout.write(JSON.stringify({ id, output: "done" }) + "\\n");
  setTimeout(() => void ask("and then " + inputs.message), 300);
}
`;

/** Follows its instructions to the letter (`books: 30 days`), and asks a model three times before each answer. */
export const LEARNER = `
import { createInterface } from "node:readline";
const body = JSON.stringify({ model: "scripted", messages: [{ role: "user", content: "think" }] });
const think = () =>
  fetch(process.env["OPENAI_BASE_URL"] + "/chat/completions", { method: "POST", body }).then((answer) => answer.text());
for await (const line of createInterface({ input: process.stdin })) {
  const { id, inputs, prompts } = JSON.parse(line);
  for (let i = 0; i < 3; i += 1) await think();
  const system = prompts.system ?? "";
  const output = system.includes(inputs.topic + ": 30 days") ? "30 days" : "I do not know.";
  process.stdout.write(JSON.stringify({ id, output, state: { system } }) + "\\n");
}
`;
