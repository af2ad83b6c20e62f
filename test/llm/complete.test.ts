import { describe, expect, it, onTestFinished } from "vitest";
import { endpointFingerprint } from "../../src/llm/fingerprint.ts";
import { Endpoint } from "../../src/model/endpoint.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { ask, connect, system, user } from "./client.ts";

describe("a call", () => {
  it("sends what was asked and tells what came", async () => {
    const reply = {
      text: "Paris",
      model: "scripted-2026-01",
      usage: {
        prompt_tokens: 100,
        completion_tokens: 30,
        prompt_tokens_details: { cached_tokens: 40 },
        completion_tokens_details: { reasoning_tokens: 20 },
      },
    };
    const { llm, server } = await connect(
      { otherwise: reply },
      {
        apiKeyEnv: "SCRIPTED_KEY",
        extra: { reasoning_effort: "low", temperature: 1 },
        prices: { inputPerMTok: 10, outputPerMTok: 100, cachedInputPerMTok: 1 },
      },
      { SCRIPTED_KEY: "sk-scripted" },
    );
    const answer = await llm.complete({
      messages: [system("Answer in one word."), user("Capital of France?")],
      maxOutputTokens: 50,
      temperature: 0,
      seed: 7,
    });
    const request = server.requests[0];
    expect(request?.path).toBe("/v1/chat/completions");
    expect(request?.headers["authorization"]).toBe("Bearer sk-scripted");
    expect(request?.body).toEqual({
      model: "scripted",
      messages: [
        { role: "system", content: "Answer in one word." },
        { role: "user", content: "Capital of France?" },
      ],
      max_tokens: 50,
      temperature: 0,
      seed: 7,
      reasoning_effort: "low",
    });
    expect(answer).toMatchObject({
      text: "Paris",
      json: null,
      usage: { inputTokens: 100, outputTokens: 30, cacheReadTokens: 40, reasoningTokens: 20 },
      unmeasuredAttempts: 0,
      model: "scripted-2026-01",
      finishReason: "stop",
      attempts: 1,
      ignored: [],
    });
    expect(answer.costUsd).toBeCloseTo((60 * 10 + 40 * 1 + 30 * 100) / 1e6, 12);
    expect(answer.spend).toEqual({ calls: 1, tokens: 130, usd: answer.costUsd });
    expect(answer.latencyMs).toBeGreaterThanOrEqual(0);
  });

  it("sends no key where none is named, and nothing that belongs to OpenAI", async () => {
    const foreign = {
      OPENAI_API_KEY: "secret-of-openai",
      OPENAI_ADMIN_KEY: "secret-of-openai",
      OPENAI_ORG_ID: "secret-of-openai",
      OPENAI_PROJECT_ID: "secret-of-openai",
      OPENAI_CUSTOM_HEADERS: "authorization: secret-of-openai\nx-more: secret-of-openai",
      OPENAI_BASE_URL: "http://127.0.0.1:9/secret-of-openai",
    };
    const before = { ...process.env };
    Object.assign(process.env, foreign);
    onTestFinished(() => {
      for (const name of Object.keys(foreign)) delete process.env[name];
      Object.assign(process.env, before);
    });
    const { llm, server } = await connect({});
    await llm.complete(ask("hello"));
    const headers = server.requests[0]?.headers;
    expect(JSON.stringify(headers)).not.toMatch(/secret-of-openai|stainless/i);
    expect(headers?.["authorization"]).toBeUndefined();
  });

  it("speaks Azure's dated API", async () => {
    const { server, llm } = await connect(
      {},
      { apiVersion: "2025-01-01-preview", apiKeyEnv: "AZURE_KEY", headers: { "X-Team": { env: "TEAM" } } },
      { AZURE_KEY: "azure-key", TEAM: "evals" },
    );
    expect((await llm.complete(ask("hello"))).text).toBe("ok");
    const request = server.requests[0];
    expect(request?.path).toBe("/v1/deployments/scripted/chat/completions?api-version=2025-01-01-preview");
    expect(request?.headers).toMatchObject({ "api-key": "azure-key", "x-team": "evals" });
    expect(request?.headers["authorization"]).toBeUndefined();
  });

  it.each([
    [
      "parts",
      {
        content: [
          { type: "text", text: "Par" },
          { type: "text", text: "is" },
        ],
      },
      "Paris",
    ],
    ["nothing", { content: null }, ""],
    ["a refusal", { content: null, refusal: "I cannot." }, "I cannot."],
  ])("reads content as %s", async (_, message, text) => {
    const body = { choices: [{ message, finish_reason: "stop" }] };
    const { llm } = await connect({ answer: () => ({ status: 200, body }) });
    expect((await llm.complete(ask("hello"))).text).toBe(text);
  });

  it("reads DeepSeek's name for tokens from the cache", async () => {
    const usage = { prompt_tokens: 9, completion_tokens: 1, prompt_cache_hit_tokens: 4 };
    const { llm } = await connect({ otherwise: { text: "ok", usage } });
    expect((await llm.complete(ask("hello"))).usage.cacheReadTokens).toBe(4);
  });

  it("without counts the cost is unknown, not zero", async () => {
    const { llm } = await connect(
      { answer: () => ({ text: "ok", usage: null }) },
      { prices: { inputPerMTok: 1, outputPerMTok: 1 } },
    );
    const answer = await llm.complete(ask("hello", { maxOutputTokens: 98 }));
    expect(answer).toMatchObject({ costUsd: null, unmeasuredAttempts: 1 });
    expect(answer.usage.inputTokens).toBeNull();
    // A ledger charges what was expected: 2 tokens in, 98 out.
    expect(answer.spend).toEqual({ calls: 1, tokens: 100, usd: 100 / 1e6 });
  });
});

describe("prices", () => {
  const million = { prompt_tokens: 1_000_000, completion_tokens: 0 };

  // GPT-4o has cost $2.50 for a million tokens of input since October 2024.
  it("come from the list for the provider that the endpoint names", async () => {
    const reply = () => ({ text: "ok", usage: million });
    const priced = await connect({ answer: reply }, { model: "gpt-4o", provider: "openai" });
    expect((await priced.llm.complete(ask("hello"))).costUsd).toBeCloseTo(2.5, 9);
    const local = await connect({ answer: reply }, { model: "gpt-4o" });
    expect((await local.llm.complete(ask("hello"))).costUsd).toBeNull();
  });

  it("go by the model that answered where a deployment has a name of its own", async () => {
    const { llm } = await connect(
      { answer: () => ({ text: "ok", usage: million, model: "gpt-4o-2024-08-06" }) },
      { model: "our-deployment", provider: "azure" },
    );
    expect((await llm.complete(ask("hello"))).costUsd).toBeCloseTo(2.5, 9);
  });

  it("are estimated before: one call, a token for four letters, the limit of output", async () => {
    const { llm } = await connect({}, { prices: { inputPerMTok: 1, outputPerMTok: 2 } });
    expect(llm.estimate(ask("x".repeat(400), { maxOutputTokens: 50 }))).toEqual({
      calls: 1,
      tokens: 150,
      usd: (100 + 2 * 50) / 1e6,
    });
    expect(llm.estimate(ask("日本語", { maxOutputTokens: 50 })).tokens).toBe(53);
    const unpriced = await connect({});
    expect(unpriced.llm.estimate(ask("x".repeat(400)))).toEqual({ calls: 1, tokens: 1_100, usd: null });
  });
});

describe("the fingerprint", () => {
  const base = {
    name: "a",
    baseUrl: "https://api.example.com/v1",
    model: "m",
    extra: { temperature: 0, seed: 1 },
  };
  const of = (fields: JsonObject) => endpointFingerprint(Endpoint.parse({ ...base, ...fields }));

  it("changes with what fixes the answer", () => {
    const all = [
      of({}),
      of({ baseUrl: "https://api.example.com/v2" }),
      of({ model: "n" }),
      of({ extra: { temperature: 1, seed: 1 } }),
      of({ structuredOutput: "none" }),
      of({ apiVersion: "2025-01-01" }),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it("and with nothing else", () => {
    expect(of({ name: "b", concurrency: 3, timeoutMs: 100, maxAttempts: 2, apiKeyEnv: "KEY" })).toBe(of({}));
    expect(of({ baseUrl: "https://API.example.com/v1/" })).toBe(of({}));
    expect(of({ extra: { seed: 1, temperature: 0 } })).toBe(of({}));
  });
});
