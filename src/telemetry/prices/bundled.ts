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

/** The provider whose API answers at that URL, as the price list names it; null for gateways and servers of one's own. */
export const providerOfUrl = (url: string): string | null =>
  findProvider({ providerApiUrl: url })?.id ?? null;

const DAY_US = 86_400_000_000;

/** A model as the price list names it. */
interface Listed {
  readonly model: string;
  readonly provider: string | undefined;
}

/** Dollars per token, and per call, of requests whose input is shorter than `below`. */
interface Linear {
  readonly below: number;
  readonly call: number;
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

/** What is known of one model on one day; null: the list does not have it. */
type Rates = { readonly listed: Listed | null; readonly linear: Linear | null };

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
  const { listed, linear } = known;
  if (!listed) return null;
  if (!linear || billed.input >= linear.below) {
    return ask(listed, new Date(startUs / 1_000), billed)?.total_price ?? null;
  }
  return (
    linear.call +
    (billed.input - billed.cacheRead - billed.cacheWrite) * linear.input +
    billed.cacheRead * linear.cacheRead +
    billed.cacheWrite * linear.cacheWrite +
    billed.output * linear.output
  );
}

function findRates(model: string, provider: string | null, at: Date): Rates {
  for (const listed of candidates(model, provider)) {
    const found = ask(listed, at, { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 });
    if (found) return { listed, linear: measure(listed, at, linearBelow(found)) };
  }
  return { listed: null, linear: null };
}

/** Pairs to try: as it came, then `openai.responses/gpt-5.1` and `openai:gpt-5.1` taken apart. */
function candidates(model: string, provider: string | null): Listed[] {
  const named = provider?.toLowerCase().trim();
  const id = named === undefined || NO_PROVIDER.test(named) ? undefined : (PROVIDERS.get(named) ?? named);
  const pairs: Listed[] = [{ model, provider: id }];
  const apart = /^([\w.-]{2,40})[/:](.+)$/.exec(model);
  const prefix = apart?.[1]?.toLowerCase();
  if (apart?.[2] && prefix !== undefined) {
    const of = PROVIDERS.get(prefix) ?? prefix;
    if (findProvider({ providerId: of })) pairs.push({ model: apart[2], provider: of });
  }
  return pairs;
}

function ask({ model, provider }: Listed, at: Date, billed: Billed): PriceCalculation | null {
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

const MILLION = 1_000_000;

/** Prices rise in steps by the length of the input, or by the time of day, which leaves nothing linear. */
function linearBelow(found: PriceCalculation): number {
  const { prices } = found.model;
  if (Array.isArray(prices) && prices.some((price) => price.constraint?.type === "time_of_date")) return 0;
  const steps = Object.values(found.model_price).flatMap((price) =>
    typeof price === "object" ? price.tiers.map((tier) => tier.start) : [],
  );
  return Math.min(Number.POSITIVE_INFINITY, ...steps);
}

/** The rates of a linear price, measured through the list's own arithmetic. */
function measure(listed: Listed, at: Date, below: number): Linear | null {
  const size = Math.min(MILLION, below - 1);
  if (size < 1) return null;
  const total = (billed: Partial<Billed>) =>
    ask(listed, at, { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, ...billed })?.total_price ??
    Number.NaN;
  const call = total({});
  const per = (billed: Partial<Billed>) => (total(billed) - call) / size;
  const measured = {
    call,
    input: per({ input: size }),
    output: per({ output: size }),
    cacheRead: per({ input: size, cacheRead: size }),
    cacheWrite: per({ input: size, cacheWrite: size }),
  };
  return Object.values(measured).every(Number.isFinite) ? { below, ...measured } : null;
}
