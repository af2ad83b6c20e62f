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
