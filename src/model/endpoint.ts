import { z } from "zod";
import { Json } from "./json.ts";

/** Dollars for a million tokens, for models that no price list knows. */
const Prices = z.strictObject({
  inputPerMTok: z.number().min(0),
  outputPerMTok: z.number().min(0),
  /** Of input read from the provider's cache; default: as other input. */
  cachedInputPerMTok: z.number().min(0).optional(),
});

const environmentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "the name of an environment variable (letters, digits and _)");

/** A query can carry a key in its value, a user name before the host as well: neither belongs in a URL that is shown. */
function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const secret = [...url.searchParams.keys()].some((name) =>
    /key|token|secret|password|auth|sig/i.test(name),
  );
  return /^https?:$/.test(url.protocol) && url.username === "" && url.password === "" && !secret;
}

/** How a model is asked for JSON. `auto` tries each in turn and remembers what the endpoint takes. */
export const StructuredOutput = z.enum(["auto", "json_schema", "json_object", "none"]);
export type StructuredOutput = z.infer<typeof StructuredOutput>;

export const endpointName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, "letters, digits, . _ and -, at most 64, a letter or digit first");

/** Parameters of the API that are ours to set. */
const OWN_PARAMETERS = [
  "model",
  "messages",
  "stream",
  "n",
  "response_format",
  "max_tokens",
  "max_completion_tokens",
];

/** A language model behind an OpenAI-compatible chat-completions API. It names its key's place and never holds a key. */
export const Endpoint = z.strictObject({
  name: endpointName,
  /** Up to and without /chat/completions, e.g. https://api.openai.com/v1. */
  baseUrl: z
    .string()
    .max(2_000)
    .refine(isPlainUrl, "an http or https URL without user name, password or key"),
  /** As the endpoint names it; for Azure with `apiVersion` the deployment. */
  model: z.string().min(1).max(200),
  apiKeyEnv: environmentName.optional(),
  /** A file that holds nothing but the key. */
  apiKeyFile: z.string().min(1).max(4_096).optional(),
  /** Azure's dated API; its /openai/v1 URLs need none. */
  apiVersion: z.string().min(1).max(40).optional(),
  /** Whose prices apply, as the price list names it, where the URL does not tell: a gateway, a proxy. */
  provider: z.string().min(1).max(60).optional(),
  /** Most requests at once. */
  concurrency: z.int().min(1).max(1_024).default(8),
  /** Of one attempt, from connecting to the last byte. */
  timeoutMs: z.int().min(10).max(3_600_000).default(60_000),
  maxAttempts: z.int().min(1).max(20).default(6),
  prices: Prices.optional(),
  /** Takes images. */
  vision: z.boolean().default(false),
  structuredOutput: StructuredOutput.default("auto"),
  /** Parameters passed on as they are, e.g. temperature, reasoning_effort. */
  extra: z
    .record(z.string(), Json)
    .default({})
    .refine(
      (extra) => !Object.keys(extra).some((key) => OWN_PARAMETERS.includes(key)),
      `these are set by Evalwright: ${OWN_PARAMETERS.join(", ")}`,
    ),
  /** Request headers; the values are in the environment. */
  headers: z
    .record(
      z.string().regex(/^[A-Za-z0-9-]{1,100}$/, "letters, digits and -"),
      z.strictObject({ env: environmentName }),
    )
    .default({}),
});
export type Endpoint = z.infer<typeof Endpoint>;

/** An endpoint as it is listed. */
export interface EndpointSummary {
  readonly name: string;
  readonly isDefault: boolean;
  readonly source: "file" | "environment";
  readonly baseUrl: string;
  readonly model: string;
  /** `missing`: the variable or file that should hold it is empty or not there. */
  readonly key: "present" | "missing" | "none";
  /** A price is stated here; else it may still be known to the price list. */
  readonly ownPrices: boolean;
  readonly vision: boolean;
  readonly concurrency: number;
}
