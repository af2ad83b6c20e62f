import type { Finding } from "../model/finding.ts";
import type { Span, SpanKind, Usage } from "../model/span.ts";
import { bundledCost } from "./prices/bundled.ts";
import { loadOverrides } from "./prices/override.ts";

/** Tokens as prices need them: inclusive, and never more cached than there are. */
export interface Billed {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

export interface Pricer {
  /**
   * The span with its cost in US dollars. A cost that the source reported stays; else it is computed from the model's
   * price on the day of the span's start; a model without a known price gets none and the finding `unpriced_model`.
   */
  price(span: Span): Span;
  /** Of a call at that time, in US dollars; null when there are no tokens or no price is known. */
  cost(model: string, provider: string | null, atUs: number, usage: Usage): number | null;
}

/**
 * These restate what the calls below them used, often of several models: their calls are priced instead.
 */
const RESTATING: ReadonlySet<SpanKind> = new Set(["agent", "workflow"]);

/**
 * Prices from @pydantic/genai-prices, which knows past ones, after those of the user's file.
 * @param options.overrideFile in the format of LiteLLM's model_prices_and_context_window.json; read once, here
 * @throws AppError `invalid_input` when the file is not readable, not JSON or a price in it is no number
 */
export function createPricer(options: { readonly overrideFile?: string | undefined } = {}): Pricer {
  const override = options.overrideFile === undefined ? null : loadOverrides(options.overrideFile);
  const costOf = (model: string, provider: string | null, atUs: number, billed: Billed): number | null =>
    override?.(model, provider, billed) ?? bundledCost(model, provider, atUs, billed);
  return {
    cost(model, provider, atUs, usage) {
      const billed = billedTokens(usage);
      return billed && costOf(model, provider, atUs, billed);
    },
    price(span) {
      if (span.costUsd !== null || RESTATING.has(span.kind)) return span;
      const billed = billedTokens(span.usage);
      if (!billed) return span;
      const { model, provider } = span;
      if (model === null) return unpriced(span, "tokens without the name of a model");
      const cost = costOf(model, provider, span.startUs, billed);
      return cost === null
        ? unpriced(span, "no price is known for the model")
        : { ...span, costUsd: cost, costSource: "computed" };
    },
  };
}

function billedTokens(usage: Usage): Billed | null {
  const output = usage.outputTokens ?? 0;
  const cacheRead = usage.cacheReadTokens ?? 0;
  const cacheWrite = usage.cacheWriteTokens ?? 0;
  const input = Math.max(usage.inputTokens ?? 0, cacheRead + cacheWrite);
  return input + output > 0 ? { input, output, cacheRead, cacheWrite } : null;
}

function unpriced(span: Span, detail: string): Span {
  const finding: Finding = { code: "unpriced_model", detail };
  return { ...span, findings: [...span.findings.filter(({ code }) => code !== finding.code), finding] };
}
