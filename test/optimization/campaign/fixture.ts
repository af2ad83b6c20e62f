import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../../src/model/json.ts";
import { hashRandom } from "../../../src/statistics/random.ts";
import { newAgentRepository, targetFile } from "../../evaluation/fixture.ts";
import type { Attached } from "../../server/harness.ts";

/** Refund policies of a shop. What the agent is told in its instructions it gets right; all else it gets wrong. */
export const RULES = ["books", "shoes", "tickets", "garden", "toys", "wine"] as const;

/**
 * An agent that follows its instructions to the letter: `books: 30 days` makes it answer questions about books. With
 * `ignores` it takes no notice of texts that it is given. It says under `state` what it used, as it sends no traces.
 */
const worker = (ignores: boolean): string => `
import { createInterface } from "node:readline";
import { policy } from "./policy.mjs";
for await (const line of createInterface({ input: process.stdin })) {
  const { id, inputs, prompts } = JSON.parse(line);
  const system = ${ignores ? '"You are a shop assistant."' : 'prompts.system ?? "You are a shop assistant."'};
  const known = system.split("\\n").map((row) => /^(\\w+): (\\d+) days$/.exec(row)).find((found) => found?.[1] === inputs.topic);
  const days = known?.[2] ?? policy[inputs.topic];
  const output = days ? days + " days" : "I do not know.";
  process.stdout.write(JSON.stringify({ id, output, state: { system } }) + "\\n");
}
`;

/** A repository of its own with a target file and its agent, committed. */
export function makeAgent(options: { readonly ignores?: boolean } = {}): string {
  return newAgentRepository({
    "agent.mjs": worker(options.ignores ?? false),
    "policy.mjs": "export const policy = {};\n",
  });
}

/** A teacher that knows every rule, and a student that cannot learn most of them; both say what they cost. */
const TEACHER = `
import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const { id } = JSON.parse(line);
  process.stdout.write(JSON.stringify({ id, output: "30 days", usage: { costUsd: 0.01 } }) + "\\n");
}
`;

const slow = (line: string): string =>
  line
    .replace(
      "const days =",
      'const lost = ["books", "shoes", "tickets", "garden"].includes(inputs.topic);\n  const days = lost ? undefined :',
    )
    .replace("state: { system }", "state: { system }, usage: { costUsd: 0.001 }");

/** Beside the agent: `teacher.yaml`, `student.yaml` (the agent itself) and `slow.yaml`. */
export function addTeacher(folder: string): void {
  writeFileSync(join(folder, "teacher.mjs"), TEACHER);
  writeFileSync(join(folder, "slow.mjs"), slow(worker(false)));
  for (const [name, program] of [
    ["teacher", "teacher.mjs"],
    ["student", "agent.mjs"],
    ["slow", "slow.mjs"],
  ] as const)
    writeFileSync(join(folder, `${name}.yaml`), targetFile(program));
}

/** Questions about the rules; `unknowable` ones have an answer that no instruction of ours can bring about. */
export function makeQuestions(count: number, unknowable = false): JsonObject[] {
  return Array.from({ length: count }, (_, i) => {
    const topic = RULES[Math.floor(hashRandom("questions", "topic", i) * RULES.length)] ?? "books";
    return {
      id: `q${i}`,
      inputs: { topic, question: `Customer ${i} asks about ${topic}` },
      expectations: { answer: unknowable ? "42 weeks" : "30 days" },
    };
  });
}

/** The longest text in an order that begins as the seed does: what the parent's instructions are. */
export const presentText = (order: string): string =>
  [...order.matchAll(/You are a shop assistant\.(?:\n\w+: 30 days)*/g)]
    .map(([text]) => text)
    .sort((a, b) => b.length - a.length)[0] ?? "You are a shop assistant.";

/** A text with the first rule added that the cases of an order ask about and it does not have. */
export function withRuleOf(text: string, order: string): string {
  const asked = [...order.matchAll(/asks about (\w+)/g)].map(([, topic]) => topic);
  const missing = asked.find((topic) => !text.includes(`${topic}: 30 days`));
  return missing ? `${text}\n${missing}: 30 days` : text;
}

/** finish_optimization until it has ended, however slow the machine. */
export async function finish(server: Attached, optimization: string): Promise<JsonObject> {
  for (;;) {
    const answer = await server.call("finish_optimization", { optimization });
    const state = answer["state"];
    // The search may end just when the call gives up waiting for it.
    const hasEnded = state === "done" && answer["stopping"] === true;
    if (state !== "running" && state !== "queued" && !hasEnded) return answer;
    await server.call("get_job", { jobId: String(answer["jobId"]), waitSeconds: 20 });
  }
}
