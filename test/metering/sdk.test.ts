import OpenAI from "openai";
import { expect, it } from "vitest";
import { meterRun } from "./meter.ts";
import { sendEvents, sendJson, startUpstream } from "./upstream.ts";

const CHUNK = { id: "c", object: "chat.completion.chunk", created: 0, model: "m" };
const delta = (content: string) => ({
  ...CHUNK,
  choices: [{ index: 0, delta: { content }, finish_reason: null }],
});
const USAGE = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 };
const MESSAGES = [{ role: "user" as const, content: "hello" }];

const clientOf = (baseURL: string) => new OpenAI({ baseURL, apiKey: "agents-own-key" });

it("OpenAI's SDK, which hangs up at the end of a stream by itself, is metered whole", async () => {
  const upstream = await startUpstream((response) =>
    sendEvents(response, [delta("a"), delta("b"), { ...CHUNK, choices: [], usage: USAGE }, "[DONE]"]),
  );
  const run = await meterRun(`${upstream.url}/v1`);
  const stream = await clientOf(run.url).chat.completions.create({
    ...{ model: "m", messages: MESSAGES, stream: true, stream_options: { include_usage: true } },
  });
  const texts: string[] = [];
  for await (const chunk of stream) texts.push(chunk.choices[0]?.delta.content ?? "");
  expect(texts.join("")).toBe("ab");
  expect(await run.end()).toMatchObject({ calls: 1, unknown: 0, inputTokens: 12, outputTokens: 5 });
});

it("a stream whose last word has come is whole, though its client hangs up before the connection ends", async () => {
  const events = [delta("a"), { ...CHUNK, choices: [], usage: USAGE }].map((event) => JSON.stringify(event));
  const upstream = await startUpstream((response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write([...events, "[DONE]"].map((data) => `data: ${data}\n\n`).join(""));
  });
  const run = await meterRun(`${upstream.url}/v1`);
  const stop = new AbortController();
  const response = await fetch(`${run.url}/chat/completions`, {
    ...{ method: "POST", body: '{"stream":true}', signal: stop.signal },
  });
  const text = new TextDecoder().decode((await response.body?.getReader().read())?.value);
  expect(text).toContain("[DONE]");
  stop.abort();
  expect(await run.end()).toMatchObject({ calls: 1, unknown: 0, inputTokens: 12, outputTokens: 5 });
});

it("OpenAI's SDK tries again what the provider asks it to, and not what a budget refuses", async () => {
  let asked = 0;
  const upstream = await startUpstream((response) => {
    asked += 1;
    if (asked === 1) response.writeHead(429, { "retry-after-ms": "1" }).end("{}");
    else sendJson(response, { ...CHUNK, object: "chat.completion", choices: [], usage: USAGE });
  });
  let granted = 2;
  const run = await meterRun(`${upstream.url}/v1`, async () => {
    granted -= 1;
    return granted < 0 ? { scope: "job", limit: "usd" } : { settle: async () => undefined };
  });
  const ask = () => clientOf(run.url).chat.completions.create({ model: "m", messages: MESSAGES });
  expect((await ask()).usage).toEqual(USAGE);
  const refused = await ask().then(
    () => null,
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({
    status: 402,
    code: "evalwright_budget_used_up",
    type: "insufficient_quota",
  });
  expect(String(refused)).toContain("the job's budget in US dollars is used up");
  expect(upstream.seen).toHaveLength(2);
  expect(await run.end()).toMatchObject({ calls: 1, failed: 1, refused: 1 });
});

it("a stream that says no usage is charged by what was written, which later calls are expected to write", async () => {
  const upstream = await startUpstream((response) =>
    sendEvents(response, [...Array.from({ length: 40 }, () => delta("word ")), "[DONE]"]),
  );
  const asked: number[] = [];
  const settled: number[] = [];
  const run = await meterRun(`${upstream.url}/v1`, async ({ tokens }) => {
    asked.push(tokens);
    return { settle: async (spent) => void settled.push(spent.tokens) };
  });
  for (let i = 0; i < 2; i += 1) {
    const stream = await clientOf(run.url).chat.completions.create({
      model: "m",
      messages: MESSAGES,
      stream: true,
    });
    for await (const _ of stream);
    while (settled.length <= i) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const [first = 0, second = 0] = asked;
  expect(first).toBeGreaterThan(1_000);
  expect(second).toBeGreaterThan(40);
  expect(second).toBeLessThan(60);
  for (const tokens of settled) expect(tokens).toBe(second);
  expect(await run.end()).toMatchObject({ calls: 2, unknown: 2, outputTokens: null });
});
