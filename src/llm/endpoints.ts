import { AppError, invalidInput } from "../errors.ts";
import { modelsFile } from "../home.ts";
import { Endpoint, type EndpointSummary } from "../model/endpoint.ts";
import { nearMatch } from "../near-match.ts";
import { findKey } from "./credentials.ts";
import { ENVIRONMENT_ENDPOINT, readEndpointFile } from "./endpoint-file.ts";

const OPENAI_URL = "https://api.openai.com/v1";

interface Configured {
  readonly endpoints: readonly Endpoint[];
  readonly defaultName: string | null;
}

async function readConfigured(env: NodeJS.ProcessEnv): Promise<Configured> {
  const file = modelsFile(env);
  const listed = file === undefined ? { endpoints: [], defaultName: null } : await readEndpointFile(file);
  const shortcut = environmentEndpoint(env);
  if (!shortcut) return listed;
  return { endpoints: [shortcut, ...listed.endpoints], defaultName: shortcut.name };
}

/**
 * The endpoint of EVALWRIGHT_MODEL, with EVALWRIGHT_MODEL_BASE_URL and EVALWRIGHT_MODEL_API_KEY. OPENAI_API_KEY is a key
 * for OpenAI: it is used there and sent nowhere else, and alone it configures nothing.
 */
function environmentEndpoint(env: NodeJS.ProcessEnv): Endpoint | undefined {
  const model = env["EVALWRIGHT_MODEL"];
  if (!model) return undefined;
  const baseUrl = env["EVALWRIGHT_MODEL_BASE_URL"] || OPENAI_URL;
  const isOpenAi = URL.canParse(baseUrl) && new URL(baseUrl).hostname === new URL(OPENAI_URL).hostname;
  const own = env["EVALWRIGHT_MODEL_API_KEY"] ? "EVALWRIGHT_MODEL_API_KEY" : undefined;
  const apiKeyEnv = own ?? (isOpenAi ? "OPENAI_API_KEY" : undefined);
  const parsed = Endpoint.safeParse({ name: ENVIRONMENT_ENDPOINT, baseUrl, model, apiKeyEnv });
  if (parsed.success) return parsed.data;
  const place =
    parsed.error.issues[0]?.path[0] === "model" ? "EVALWRIGHT_MODEL" : "EVALWRIGHT_MODEL_BASE_URL";
  throw invalidInput(
    `${place} is not usable`,
    "Give the model's name, and an http or https URL without a key in it.",
  );
}

/**
 * All configured endpoints, without secrets: from the models file and from EVALWRIGHT_MODEL.
 * @throws AppError `invalid_input` when the file or the environment's settings are not usable.
 */
export async function listEndpoints(env: NodeJS.ProcessEnv = process.env): Promise<EndpointSummary[]> {
  const { endpoints, defaultName } = await readConfigured(env);
  return endpoints.map((endpoint) => ({
    name: endpoint.name,
    isDefault: endpoint.name === defaultName,
    source: endpoint.name === ENVIRONMENT_ENDPOINT ? "environment" : "file",
    baseUrl: endpoint.baseUrl,
    model: endpoint.model,
    key: findKey(endpoint, env).state,
    ownPrices: endpoint.prices !== undefined,
    vision: endpoint.vision,
    concurrency: endpoint.concurrency,
  }));
}

/**
 * The endpoint of that name; without a name the default, or undefined when there is none: then nothing may be spent.
 * @throws AppError `not_found` with a near match, or `invalid_input` when the configuration is not usable.
 */
export async function resolveEndpoint(
  name: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Endpoint | undefined> {
  const { endpoints, defaultName } = await readConfigured(env);
  const wanted = name ?? defaultName;
  if (wanted === null) return undefined;
  const found = endpoints.find((endpoint) => endpoint.name === wanted);
  if (found) return found;
  const names = endpoints.map((endpoint) => endpoint.name);
  const near = nearMatch(wanted, names);
  throw new AppError("not_found", `No model endpoint "${wanted.slice(0, 80)}"`, {
    hint:
      names.length === 0
        ? "None is configured: write models.yaml in the data folder (or name a file in EVALWRIGHT_MODELS), or set EVALWRIGHT_MODEL."
        : `${near ? `Did you mean "${near}"? ` : ""}Configured: ${names.join(", ")}.`,
  });
}
