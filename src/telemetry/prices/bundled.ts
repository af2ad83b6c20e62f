import { calcPrice, findProvider, type PriceCalculation } from "@pydantic/genai-prices";
import { LRUCache } from "lru-cache";
import type { Billed } from "../prices.ts";

/** Names of providers in telemetry that the price list writes in another way. */
const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ["x_ai", "x-ai"],
  ["xai", "x-ai"],
  ["gcp.gen_ai", "google"],
  ["ibm.watsonx.ai", "ibm"],
  ["moonshot_ai", "moonshotai"],
  ["az.ai.inference", "azure"],
  ["azure.ai.inference", "azure"],
  ["azure.ai.openai", "azure"],
  ["az.ai.openai", "azure"],
  ["azure.openai", "azure"],
]);

/** Frameworks and gateways that stand where a provider should: the model alone says whose it is. */
const NO_PROVIDER =
  /^(microsoft\.agent_framework|strands|litellm|langchain|langgraph|gateway|vercel|crewai|agno|pydantic)/;

const DAY_US = 86_400_000_000;

/** Costs of one model on one day: linear in its counts, or to be asked for each call, or unknown. */
type Rates =
  | {
      readonly kind: "linear";
      readonly call: number;
      readonly input: number;
      readonly output: number;
      readonly cacheRead: number;
      readonly cacheWrite: number;
    }
  | { readonly kind: "asked"; readonly model: string; readonly provider: string | undefined }
  | { readonly kind: "unknown" };

const rates = new LRUCache<string, Rates>({ max: 5_000 });

/**
 * The cost in US dollars by the price list of @pydantic/genai-prices at that time, or null when it does not know the
 * model. A model is looked up once a day of telemetry: a look-up costs far more than the sum.
 */
export function bundledCost(
  model: string,
  provider: string | null,
  startUs: number,
  billed: Billed,
): number | null {
  if (model.length > 300) return null;
  const key = `${provider ?? ""}\n${model}\n${Math.floor(startUs / DAY_US)}`;
  let known = rates.get(key);
  if (!known) {
    known = findRates(model, provider, new Date(startUs / 1_000));
    rates.set(key, known);
  }
  if (known.kind === "unknown") return null;
  if (known.kind === "asked")
    return ask(known.model, known.provider, new Date(startUs / 1_000), billed)?.total_price ?? null;
  return (
    known.call +
    (billed.input - billed.cacheRead - billed.cacheWrite) * known.input +
    billed.cacheRead * known.cacheRead +
    billed.cacheWrite * known.cacheWrite +
    billed.output * known.output
  );
}

function findRates(model: string, provider: string | null, at: Date): Rates {
  for (const [candidate, of] of candidates(model, provider)) {
    const found = ask(candidate, of, at, { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 });
    if (!found) continue;
    return isLinear(found) ? measure(candidate, of, at) : { kind: "asked", model: candidate, provider: of };
  }
  return { kind: "unknown" };
}

/** Pairs to try: as it came, then `openai.responses/gpt-5.1` and `openai:gpt-5.1` taken apart. */
function candidates(model: string, provider: string | null): [string, string | undefined][] {
  const named = provider?.toLowerCase().trim();
  const id = named === undefined || NO_PROVIDER.test(named) ? undefined : (PROVIDERS.get(named) ?? named);
  const pairs: [string, string | undefined][] = [[model, id]];
  const apart = /^([\w.-]{2,40})[/:](.+)$/.exec(model);
  const prefix = apart?.[1]?.toLowerCase();
  if (apart?.[2] && prefix !== undefined) {
    const of = PROVIDERS.get(prefix) ?? prefix;
    if (findProvider({ providerId: of })) pairs.push([apart[2], of]);
  }
  return pairs;
}

function ask(model: string, provider: string | undefined, at: Date, billed: Billed): PriceCalculation | null {
  try {
    return calcPrice(
      {
        input_tokens: billed.input,
        output_tokens: billed.output,
        cache_read_tokens: billed.cacheRead,
        cache_write_tokens: billed.cacheWrite,
      },
      model,
      { timestamp: at, ...(provider === undefined ? {} : { providerId: provider }) },
    );
  } catch {
    return null;
  }
}

/** No steps by the length of the request, no prices by the time of day. */
function isLinear(found: PriceCalculation): boolean {
  const { prices } = found.model;
  const byHour = Array.isArray(prices) && prices.some((price) => price.constraint?.type === "time_of_date");
  return (
    !byHour &&
    Object.values(found.model_price).every((price) => price === undefined || typeof price === "number")
  );
}

const MILLION = 1_000_000;

/** The rates of a linear price, measured through the list's own arithmetic. */
function measure(model: string, provider: string | undefined, at: Date): Rates {
  const none: Billed = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  const total = (billed: Partial<Billed>) =>
    ask(model, provider, at, { ...none, ...billed })?.total_price ?? Number.NaN;
  const call = total({});
  const per = (billed: Partial<Billed>) => (total(billed) - call) / MILLION;
  const measured = {
    kind: "linear",
    call,
    input: per({ input: MILLION }),
    output: per({ output: MILLION }),
    cacheRead: per({ input: MILLION, cacheRead: MILLION }),
    cacheWrite: per({ input: MILLION, cacheWrite: MILLION }),
  } as const;
  const sound = [
    measured.call,
    measured.input,
    measured.output,
    measured.cacheRead,
    measured.cacheWrite,
  ].every(Number.isFinite);
  return sound ? measured : { kind: "asked", model, provider };
}
