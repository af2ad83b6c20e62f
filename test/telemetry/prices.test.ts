import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { calcPrice } from "@pydantic/genai-prices";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { NO_USAGE, type Span, type Usage } from "../../src/model/span.ts";
import { normalizeSpan } from "../../src/telemetry/conventions/index.ts";
import { createPricer } from "../../src/telemetry/prices.ts";
import { arrivedUs, rawSpan } from "./conventions/raw.ts";

const base = normalizeSpan(rawSpan({ "gen_ai.operation.name": "chat" }), { arrivedUs }).span;
const spanOf = (fields: Partial<Omit<Span, "usage">> & { usage?: Partial<Usage> }): Span => ({
  ...base,
  ...fields,
  usage: { ...NO_USAGE, ...fields.usage },
});
const microseconds = (iso: string) => Date.parse(iso) * 1_000;
const call = { inputTokens: 1_000_000, outputTokens: 100_000 };
const codes = (span: Span) => span.findings.map((finding) => finding.code);

describe("prices", () => {
  const pricer = createPricer();

  it("keeps a cost that the source reported", () => {
    const span = spanOf({ model: "gpt-4o", usage: call, costUsd: 7, costSource: "reported" });
    expect(pricer.price(span)).toBe(span);
  });

  // OpenAI cut o3 on 2025-06-10 from $10 in, $40 out to $2 in, $8 out per million tokens.
  it("prices by the day of the call", () => {
    const on = (date: string) =>
      pricer.price(spanOf({ model: "o3", provider: "openai", usage: call, startUs: microseconds(date) }));
    expect(on("2025-05-01T12:00:00Z").costUsd).toBeCloseTo(14, 9);
    expect(on("2025-12-01T12:00:00Z").costUsd).toBeCloseTo(2.8, 9);
    expect(on("2025-12-01T12:00:00Z").costSource).toBe("computed");
  });

  // Claude Sonnet 4 on Bedrock: $3 in, $15 out, $0.30 cache read, $3.75 cache write per million tokens.
  it("prices cached tokens as parts of the input", () => {
    const model = "us.anthropic.claude-sonnet-4-20250514-v1:0";
    const usage = {
      inputTokens: 1_000_000,
      cacheReadTokens: 600_000,
      cacheWriteTokens: 300_000,
      outputTokens: 0,
    };
    const priced = pricer.price(spanOf({ model, provider: "aws.bedrock", usage }));
    expect(priced.costUsd).toBeCloseTo(0.1 * 3 + 0.6 * 0.3 + 0.3 * 3.75, 9);
  });

  it("never fails on counts that contradict one another", () => {
    const usage = { inputTokens: 10, cacheReadTokens: 500_000, outputTokens: 1 };
    expect(pricer.price(spanOf({ model: "gpt-5", provider: "openai", usage })).costUsd).toBeGreaterThan(0);
  });

  it.each([
    ["grok-4", "x_ai"],
    ["gpt-5", "openai.responses"],
    ["gpt-4o", "azure.ai.openai"],
    ["gemini-2.0-flash", "gcp.vertex_ai"],
    ["gemini-2.0-flash", "gcp.gen_ai"],
    ["openai.responses/gpt-5.1", null],
    ["openai/gpt-5", null],
    ["openai:gpt-5", null],
    ["anthropic/claude-sonnet-4-5", "litellm"],
    ["gpt-5", "microsoft.agent_framework"],
  ])("knows %s of %s", (model, provider) => {
    expect(pricer.price(spanOf({ model, provider, usage: call })).costUsd).toBeGreaterThan(0);
  });

  it.each([
    ["my-own-model", "openai"],
    ["gpt-5", "a-provider-of-my-own"],
    ["x".repeat(100_000), null],
    ["__proto__", "constructor"],
  ])("does not guess (%#)", (model, provider) => {
    const priced = pricer.price(spanOf({ model, provider, usage: call }));
    expect(priced.costUsd).toBeNull();
    expect(codes(priced)).toEqual(["unpriced_model"]);
  });

  it("says nothing where there are no tokens, and leaves agents to their calls", () => {
    expect(codes(pricer.price(spanOf({ model: "my-own-model" })))).toEqual([]);
    const agent = pricer.price(spanOf({ kind: "agent", model: "gpt-5", usage: call }));
    expect([agent.costUsd, codes(agent)]).toEqual([null, []]);
  });

  it("agrees with the price list for any counts, also where rates are remembered", () => {
    const models = [
      ["gpt-4o", "openai"],
      ["gpt-5.4", "openai"],
      ["claude-sonnet-4-5", "anthropic"],
      ["deepseek-chat", "deepseek"],
      ["sonar", "perplexity"],
      ["gemini-2.5-pro", "google"],
    ] as const;
    const counts = fc.record({
      model: fc.constantFrom(...models),
      input: fc.integer({ min: 0, max: 400_000 }),
      read: fc.integer({ min: 0, max: 200_000 }),
      write: fc.integer({ min: 0, max: 200_000 }),
      output: fc.integer({ min: 1, max: 50_000 }),
      hour: fc.integer({ min: 0, max: 23 }),
    });
    fc.assert(
      fc.property(counts, ({ model: [model, provider], input, read, write, output, hour }) => {
        const at = new Date(Date.UTC(2025, 8, 1, hour));
        const cached = Math.min(read, input);
        const written = Math.min(write, input - cached);
        const expected = calcPrice(
          {
            input_tokens: input,
            cache_read_tokens: cached,
            cache_write_tokens: written,
            output_tokens: output,
          },
          model,
          { timestamp: at, providerId: provider },
        );
        const usage = {
          inputTokens: input,
          cacheReadTokens: cached,
          cacheWriteTokens: written,
          outputTokens: output,
        };
        const priced = pricer.price(spanOf({ model, provider, usage, startUs: at.getTime() * 1_000 }));
        expect(priced.costUsd).toBeCloseTo(expected?.total_price ?? -1, 9);
      }),
    );
  });
});

describe("price file", () => {
  const folder = mkdtempSync(join(tmpdir(), "evalwright-prices-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const fileWith = (text: string) => {
    const file = join(folder, `${Math.random()}.json`);
    writeFileSync(file, text);
    return file;
  };
  const models = {
    sample_spec: { max_tokens: "a text", input_cost_per_token: 0 },
    "my-own-model": {
      input_cost_per_token: 2e-6,
      output_cost_per_token: 4e-6,
      cache_read_input_token_cost: 1e-6,
      input_cost_per_token_above_200k_tokens: 3e-6,
      litellm_provider: "openai",
    },
    "azure/gpt-4o": { input_cost_per_token: 9e-6, output_cost_per_token: 0 },
  };

  it("wins over the bundled prices, by model or provider and model", () => {
    const pricer = createPricer({ overrideFile: fileWith(JSON.stringify(models)) });
    const cost = (model: string, provider: string | null, usage: Partial<Usage>) =>
      pricer.price(spanOf({ model, provider, usage })).costUsd;
    expect(
      cost("My-Own-Model", "vllm", { inputTokens: 100_000, cacheReadTokens: 50_000, outputTokens: 10_000 }),
    ).toBeCloseTo(0.05 * 2 + 0.05 * 1 + 0.01 * 4, 9);
    expect(cost("my-own-model", null, { inputTokens: 300_000 })).toBeCloseTo(0.9, 9);
    expect(cost("gpt-4o", "azure", { inputTokens: 1_000_000 })).toBeCloseTo(9, 9);
    expect(cost("gpt-4o", "openai", { inputTokens: 1_000_000 })).toBeCloseTo(2.5, 9);
  });

  it.each([
    ["no file", join(folder, "missing.json")],
    ["a folder", folder],
    ["no JSON", fileWith("{")],
    ["a list", fileWith("[]")],
    ["a price that is text", fileWith('{"m": {"input_cost_per_token": "cheap"}}')],
    ["a negative price", fileWith('{"m": {"input_cost_per_token": -1}}')],
    ["no model", fileWith("{}")],
  ])("says what is wrong: %s", (_, overrideFile) => {
    const opened = () => createPricer({ overrideFile });
    expect(opened).toThrow(AppError);
    expect(opened).toThrow(/price file/);
  });
});
