import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createUpstream } from "../../src/metering/upstream.ts";
import { Endpoint } from "../../src/model/endpoint.ts";
import { NO_USAGE } from "../../src/model/span.ts";
import { createPricer } from "../../src/telemetry/prices.ts";
import { meterRun, post } from "./meter.ts";
import { sendEvents, sendJson, startUpstream } from "./upstream.ts";

const CHUNK = { object: "chat.completion.chunk", model: "gpt-4o-mini-2024-07-18" };

/** Shapes as the providers' API references give them: OpenAI chat, responses and embeddings, Anthropic messages. */
const CHAT = {
  object: "chat.completion",
  model: "gpt-4o-mini-2024-07-18",
  choices: [],
  usage: {
    prompt_tokens: 1_000,
    completion_tokens: 500,
    total_tokens: 1_500,
    prompt_tokens_details: { cached_tokens: 400 },
  },
};
const MESSAGE = {
  type: "message",
  model: "claude-3-5-haiku-20241022",
  content: [],
  usage: {
    input_tokens: 10,
    cache_creation_input_tokens: 200,
    cache_read_input_tokens: 300,
    output_tokens: 20,
  },
};

describe("usage is read from", () => {
  it("a chat completion, priced with the cached part at its own price", async () => {
    const upstream = await startUpstream((response) => sendJson(response, CHAT));
    const run = await meterRun(`${upstream.url}/v1`);
    await post(`${run.url}/chat/completions`, { model: "gpt-4o-mini", messages: [] });
    const metered = await run.end();
    expect(metered).toMatchObject({
      calls: 1,
      unknown: 0,
      inputTokens: 1_000,
      cachedTokens: 400,
      outputTokens: 500,
    });
    expect(metered.models).toEqual(["gpt-4o-mini-2024-07-18"]);
    // A server of one's own has no price; it must not be taken for OpenAI's.
    expect(metered).toMatchObject({ unpriced: 1, costUsd: null });
  });

  it("a compressed answer, which goes on as it came", async () => {
    const packed = gzipSync(JSON.stringify(CHAT));
    const upstream = await startUpstream((response) =>
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(packed),
    );
    const run = await meterRun(upstream.url);
    const answer = await post(`${run.url}/chat/completions`, { model: "m" });
    expect(JSON.parse(answer.text)).toEqual(CHAT);
    expect(answer.headers.get("content-encoding")).toBe("gzip");
    expect(await run.end()).toMatchObject({ calls: 1, unknown: 0, inputTokens: 1_000, outputTokens: 500 });
  });

  it("a stream with include_usage; one without is unknown, never zero", async () => {
    const upstream = await startUpstream((response, { body }) => {
      const last = body.includes("include_usage") ? [{ ...CHUNK, choices: [], usage: CHAT.usage }] : [];
      const word = { ...CHUNK, choices: [{ delta: { content: 'says "usage": none' } }], usage: null };
      sendEvents(response, [word, word, ...last, "[DONE]"]);
    });
    const run = await meterRun(upstream.url);
    await post(`${run.url}/chat/completions`, { stream: true, stream_options: { include_usage: true } });
    expect(run.metered()).toMatchObject({ calls: 1, unknown: 0, inputTokens: 1_000, outputTokens: 500 });
    await post(`${run.url}/chat/completions`, { stream: true });
    expect(await run.end()).toMatchObject({ calls: 2, unknown: 1, inputTokens: 1_000, outputTokens: 500 });
  });

  it("the Responses API, whole and streamed", async () => {
    const usage = { input_tokens: 36, input_tokens_details: { cached_tokens: 6 }, output_tokens: 87 };
    const whole = { object: "response", model: "gpt-5-mini", usage };
    const upstream = await startUpstream((response, { body }) =>
      body.includes("stream")
        ? sendEvents(response, [
            { type: "response.created", response: { model: "gpt-5-mini", usage: null } },
            { type: "response.output_text.delta", delta: "hello" },
            { type: "response.completed", response: whole },
          ])
        : sendJson(response, whole),
    );
    const run = await meterRun(upstream.url);
    await post(`${run.url}/responses`, { model: "gpt-5-mini" });
    await post(`${run.url}/responses`, { model: "gpt-5-mini", stream: true });
    expect(await run.end()).toMatchObject({
      calls: 2,
      unknown: 0,
      inputTokens: 72,
      cachedTokens: 12,
      outputTokens: 174,
    });
  });

  it("embeddings, which give no output", async () => {
    const usage = { prompt_tokens: 8, total_tokens: 8 };
    const upstream = await startUpstream((response) => sendJson(response, { model: "e", data: [], usage }));
    const run = await meterRun(upstream.url);
    await post(`${run.url}/embeddings`, { model: "e", input: [1, 2, 3] });
    expect(await run.end()).toMatchObject({ calls: 1, unknown: 0, inputTokens: 8, outputTokens: 0 });
  });

  it("Anthropic's messages, whose cache stands beside the input", async () => {
    const upstream = await startUpstream((response, { body }) =>
      body.includes("stream")
        ? sendEvents(response, [
            { type: "message_start", message: { ...MESSAGE, usage: { ...MESSAGE.usage, output_tokens: 1 } } },
            { type: "content_block_delta", delta: { text: "hi" } },
            { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 20 } },
            { type: "message_stop" },
          ])
        : sendJson(response, MESSAGE),
    );
    const run = await meterRun(upstream.url);
    await post(`${run.url}/v1/messages`, { model: "claude" });
    await post(`${run.url}/v1/messages`, { model: "claude", stream: true });
    await post(`${run.url}/v1/messages/count_tokens`, { model: "claude" });
    expect(await run.end()).toMatchObject({
      calls: 2,
      unknown: 0,
      inputTokens: 1_020,
      cachedTokens: 600,
      outputTokens: 40,
    });
  });

  it("a last event of megabytes in one line, which holds the whole answer", async () => {
    const usage = { input_tokens: 9, output_tokens: 8 };
    const text = "long ".repeat(1 << 20);
    const upstream = await startUpstream((response) =>
      sendEvents(response, [
        { type: "response.created", response: { model: "m" } },
        { type: "response.completed", response: { model: "m", output: text, usage } },
      ]),
    );
    const run = await meterRun(upstream.url);
    const answer = await post(`${run.url}/responses`, { stream: true });
    expect(answer.text.length).toBeGreaterThan(text.length);
    expect(await run.end()).toMatchObject({ calls: 1, unknown: 0, inputTokens: 9, outputTokens: 8 });
  });

  it("no stream that was cut off before its last word", async () => {
    const upstream = await startUpstream((response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: ${JSON.stringify({ type: "message_start", message: MESSAGE })}\n\n`, () =>
        response.destroy(),
      );
    });
    const run = await meterRun(upstream.url);
    await expect(post(`${run.url}/v1/messages`, { stream: true })).rejects.toThrow();
    expect(await run.end()).toMatchObject({ calls: 1, unknown: 1, inputTokens: null });
  });

  it("nothing that failed: an error costs nothing and is counted apart", async () => {
    const upstream = await startUpstream((response) => response.writeHead(500).end("no"));
    const run = await meterRun(upstream.url);
    expect((await post(`${run.url}/chat/completions`, {})).status).toBe(500);
    expect(await run.end()).toMatchObject({ calls: 0, unknown: 0, failed: 1 });
  });
});

it("prices are those of the provider behind the URL, or the endpoint's own for the model that it names", () => {
  const usage = { ...NO_USAGE, inputTokens: 1_000, cacheReadTokens: 400, outputTokens: 500 };
  const pricer = createPricer();
  const openai = createUpstream("https://api.openai.com/v1", pricer);
  // OpenAI's price list of 2024: 0.15 dollars a million of input, 0.075 cached, 0.60 of output.
  const published = (600 * 0.15 + 400 * 0.075 + 500 * 0.6) / 1e6;
  expect(openai.cost(usage, "gpt-4o-mini", "gpt-4o-mini-2024-07-18")).toBeCloseTo(published, 12);
  expect(openai.cost(usage, null, "gpt-4o-mini-2024-07-18")).toBeCloseTo(published, 12);
  expect(createUpstream("https://llm.example/v1", pricer).cost(usage, "gpt-4o-mini", null)).toBeNull();
  const endpoint = Endpoint.parse({
    name: "gateway",
    baseUrl: "https://llm.example/v1",
    model: "ours",
    provider: "openai",
    prices: { inputPerMTok: 10, outputPerMTok: 20 },
  });
  const gateway = createUpstream(endpoint, pricer);
  expect(gateway.cost(usage, "ours", null)).toBeCloseTo((1_000 * 10 + 500 * 20) / 1e6, 12);
  expect(gateway.cost(usage, "gpt-4o-mini", null)).toBeCloseTo(published, 12);
  expect(gateway.cost(usage, "somebody-elses", null)).toBeNull();
});
