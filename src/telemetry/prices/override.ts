import { readFileSync } from "node:fs";
import { z } from "zod";
import { invalidInput } from "../../errors.ts";
import type { Billed } from "../prices.ts";

const Price = z.number().nonnegative().nullish();

/** The fields of an entry that say what text costs, per token; the file has many more. */
const Entry = z.looseObject({
  input_cost_per_token: Price,
  output_cost_per_token: Price,
  cache_read_input_token_cost: Price,
  cache_creation_input_token_cost: Price,
});
type Entry = z.infer<typeof Entry>;

const HINT =
  'Give a JSON object of models in the format of LiteLLM\'s model_prices_and_context_window.json, e.g. {"my-model": {"input_cost_per_token": 0.000001, "output_cost_per_token": 0.000002}}.';

type Override = (model: string, provider: string | null, billed: Billed) => number | null;

/** Costs by the user's own price file; null for models that are not in it. */
export function loadOverrides(file: string): Override {
  const entries = readEntries(file);
  return (model, provider, billed) => {
    const name = model.toLowerCase();
    const entry =
      (provider === null ? undefined : entries.get(`${provider.toLowerCase()}/${name}`)) ??
      entries.get(name) ??
      entries.get(name.slice(name.indexOf("/") + 1));
    return entry ? cost(entry, billed) : null;
  };
}

function readEntries(file: string): Map<string, Entry> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw invalidInput("The price file cannot be read", "Check its path and permissions.");
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalidInput("The price file is not JSON", HINT);
  }
  const models = z.record(z.string(), Entry).safeParse(json);
  if (!models.success) throw invalidInput("The price file has an entry whose prices are not numbers", HINT);
  const priced = Object.entries(models.data).filter(
    ([, entry]) =>
      typeof entry.input_cost_per_token === "number" || typeof entry.output_cost_per_token === "number",
  );
  if (priced.length === 0) throw invalidInput("The price file names no model with a price per token", HINT);
  return new Map(priced.map(([name, entry]) => [name.toLowerCase(), entry]));
}

function cost(entry: Entry, { input, output, cacheRead, cacheWrite }: Billed): number {
  const rate = (field: string, otherwise: number): number => tiered(entry, field, input) ?? otherwise;
  const inputRate = rate("input_cost_per_token", 0);
  return (
    (input - cacheRead - cacheWrite) * inputRate +
    cacheRead * rate("cache_read_input_token_cost", inputRate) +
    cacheWrite * rate("cache_creation_input_token_cost", inputRate) +
    output * rate("output_cost_per_token", 0)
  );
}

/** `FIELD_above_200k_tokens` holds for the whole request once its input is longer than that. */
function tiered(entry: Entry, field: string, input: number): number | null {
  let rate = numberIn(entry, field);
  let from = 0;
  for (const key of Object.keys(entry)) {
    const above = key.startsWith(`${field}_above_`) ? /_above_(\d{1,7})k_tokens$/.exec(key) : null;
    const start = above ? Number(above[1]) * 1_000 : 0;
    const price = numberIn(entry, key);
    if (above && price !== null && input > start && start > from) {
      rate = price;
      from = start;
    }
  }
  return rate;
}

const numberIn = (entry: Entry, key: string): number | null => {
  const value = Object.hasOwn(entry, key) ? entry[key] : undefined;
  return typeof value === "number" && value >= 0 ? value : null;
};
