import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createLlm } from "../src/llm/create-llm.ts";
import { Endpoint } from "../src/model/endpoint.ts";
import { ask, quickClock, scripted, VERDICT, verdict } from "./llm/client.ts";
import { type ScriptedLogEntry, spawnScriptedEndpoint } from "./scripted-endpoint.ts";

function logFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "evalwright-scripted-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "log.jsonl");
}

const readLog = (file: string): ScriptedLogEntry[] =>
  existsSync(file)
    ? readFileSync(file, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
    : [];

const post = async (url: string, text: string): Promise<string> => {
  const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: text }] });
  const response = await fetch(`${url}/chat/completions`, { method: "POST", body });
  return `${response.status} ${await response.text()}`;
};

const contentOf = (answer: string): unknown => JSON.parse(answer.slice(4)).choices[0].message.content;

describe("the scripted endpoint", () => {
  it("answers by rules, of several replies always the same for the same text", async () => {
    const labels = ["yes", "no"];
    const script = { rules: [{ when: "item", reply: labels }], otherwise: "other" };
    const first = await scripted(script);
    const again = await scripted(script);
    const texts = Array.from({ length: 20 }, (_, n) => `item ${n}`);
    const read = async (url: string, order: readonly string[]) =>
      new Map(
        await Promise.all(order.map(async (text) => [text, contentOf(await post(url, text))] as const)),
      );
    const answers = await read(first.url, texts);
    expect(new Set(answers.values())).toEqual(new Set(labels));
    expect(await read(again.url, texts.toReversed())).toEqual(answers);
    expect(contentOf(await post(first.url, "something else"))).toBe("other");
  });

  it("a share of keys meets a fault the first times, in whatever order they come", async () => {
    const server = await scripted({
      keyPattern: "item-\\d+",
      faults: [{ kind: "server_error", share: 0.3, times: 2 }],
    });
    const names = Array.from({ length: 100 }, (_, n) => `item-${n}`);
    const rounds: string[][] = [];
    for (let round = 0; round < 3; round += 1) {
      const answers = await Promise.all(names.map((name) => post(server.url, `${name} in round ${round}`)));
      rounds.push(names.filter((_, index) => answers[index]?.startsWith("500")));
    }
    expect(rounds[0]?.length).toBeGreaterThan(15);
    expect(rounds[0]?.length).toBeLessThan(45);
    expect(rounds[1]).toEqual(rounds[0]);
    expect(rounds[2]).toEqual([]);
    expect(server.log.length).toBe(300);
  });

  it("in a process of its own writes down each request, those that were broken off too", async () => {
    const file = logFile();
    const rules = [{ when: "for ever", reply: [{ breaks: "trickle" as const }] }];
    await using server = await spawnScriptedEndpoint({ logFile: file, rules, otherwise: "fine" });
    expect(contentOf(await post(server.url, "hello"))).toBe("fine");
    const stop = new AbortController();
    const body = JSON.stringify({ messages: [{ role: "user", content: "go on for ever" }] });
    const begun = await fetch(`${server.url}/chat/completions`, {
      method: "POST",
      body,
      signal: stop.signal,
    });
    stop.abort();
    await expect(begun.text()).rejects.toThrow();
    await expect.poll(() => readLog(file).length).toBe(2);
    const [whole, broken] = readLog(file);
    expect(whole).toMatchObject({ number: 1, reply: "answer", delivered: true, open: 1 });
    expect(whole?.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(broken).toMatchObject({ number: 2, reply: "trickle", delivered: false });
    await server.close();
    await expect(post(server.url, "hello")).rejects.toThrow();
  });

  it("with every kind of fault at once, a client gets each answer, and pays for none twice", async () => {
    const file = logFile();
    await using server = await spawnScriptedEndpoint({
      ...{ latencyMs: 5, logFile: file, keyPattern: "item-\\d+", otherwise: VERDICT },
      faults: [
        { kind: "rate_limit", share: 0.05 },
        { kind: "server_error", share: 0.05, times: 3 },
        { kind: "hang", share: 0.01 },
        { kind: "trickle", share: 0.01 },
        { kind: "reset", share: 0.05, times: 2 },
        { kind: "malformed", share: 0.05 },
        { kind: "truncated", share: 0.05, times: 2 },
        { kind: "not_json", share: 0.05 },
        { kind: "slow", share: 0.02 },
      ],
    });
    const endpoint = Endpoint.parse({
      ...{ name: "t", baseUrl: server.url, model: "m" },
      concurrency: 32,
      timeoutMs: 1_000,
    });
    const llm = createLlm(endpoint, { env: {}, clock: quickClock() });
    const calls = Array.from({ length: 400 }, (_, n) => llm.complete(ask(`item-${n}`, { answer: verdict })));
    for (const answer of await Promise.all(calls)) expect(answer.json).toEqual(JSON.parse(VERDICT));
    await expect
      .poll(() => readLog(file).filter(({ reply }) => reply === "answer" || reply === "slow").length)
      .toBe(400);
    const log = readLog(file);
    expect(new Set(log.map(({ reply }) => reply)).size).toBe(10);
    const paid = log.filter(({ reply, delivered }) => delivered && (reply === "answer" || reply === "slow"));
    expect(new Set(paid.map(({ key }) => key)).size).toBe(400);
  });
});
