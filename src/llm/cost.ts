import type { Endpoint } from "../model/endpoint.ts";
import type { Spend } from "../model/ledger.ts";
import { NO_USAGE, type Usage } from "../model/span.ts";
import { providerOfUrl } from "../telemetry/prices/bundled.ts";
import type { Pricer } from "../telemetry/prices.ts";
import type { LlmRequest } from "./llm.ts";

const MILLION = 1_000_000;

/**
 * Dollars for tokens at a time (milliseconds since the epoch); null when the tokens or the price are unknown.
 * `answeredBy` is the model that the answer names, for endpoints that call it by another name.
 */
export type Cost = (usage: Usage, answeredBy: string | null, atMs: number) => number | null;

/**
 * Prices an endpoint's calls: by its own prices, else by the price list for its provider. A gateway or a server of
 * one's own has no provider unless the endpoint names one: a wrong price is worse than none.
 */
export function createCost(endpoint: Endpoint, pricer: Pricer): Cost {
  const { prices, model } = endpoint;
  const provider = endpoint.provider ?? providerOfUrl(endpoint.baseUrl) ?? new URL(endpoint.baseUrl).host;
  return (usage, answeredBy, atMs) => {
    if (usage.inputTokens === null && usage.outputTokens === null) return null;
    if (prices) return ownCost(prices, usage);
    const price = (name: string): number | null => pricer.cost(name, provider, atMs * 1_000, usage);
    return price(model) ?? (answeredBy === null ? null : price(answeredBy));
  };
}

function ownCost(prices: NonNullable<Endpoint["prices"]>, usage: Usage): number {
  const input = usage.inputTokens ?? 0;
  const cached = Math.min(usage.cacheReadTokens ?? 0, input);
  const cachedPrice = prices.cachedInputPerMTok ?? prices.inputPerMTok;
  const output = (usage.outputTokens ?? 0) * prices.outputPerMTok;
  return ((input - cached) * prices.inputPerMTok + cached * cachedPrice + output) / MILLION;
}

/** Output that is expected where the request sets no limit. */
const USUAL_OUTPUT_TOKENS = 1_000;
/** OpenAI counts 765 for a 1024 x 1024 image at high detail, Anthropic about 1,400. */
const TOKENS_PER_IMAGE = 1_500;

/**
 * What a call will probably use: one call, tokens from characters (four a token in English, by OpenAI's rule of thumb;
 * one for each character outside ASCII), its limit of output or 1,000, dollars or null when unpriced.
 */
export function estimateCall(request: LlmRequest, cost: Cost, nowMs: number): Spend {
  const parts = request.messages.flatMap((message) => message.parts);
  const texts = parts.map((part) =>
    "text" in part ? part.text : part.type === "media" ? "" : JSON.stringify(part),
  );
  const schemas = [request.answer?.schema, request.tools].map((one) => (one ? JSON.stringify(one) : ""));
  const inputTokens =
    [...texts, ...schemas].reduce((sum, text) => sum + tokensOf(text), 0) +
    parts.filter((part) => part.type === "media").length * TOKENS_PER_IMAGE;
  const outputTokens = request.maxOutputTokens ?? USUAL_OUTPUT_TOKENS;
  const usd = cost({ ...NO_USAGE, inputTokens, outputTokens }, null, nowMs);
  return { calls: 1, tokens: inputTokens + outputTokens, usd };
}

/** Tokens of a text as `estimateCall` counts them. */
export function tokensOf(text: string): number {
  const foreign = text.length - text.replace(/[^\0-\x7f]/g, "").length;
  return Math.ceil((text.length - foreign) / 4) + foreign;
}
