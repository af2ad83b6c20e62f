import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { invalidInput } from "../errors.ts";
import { Endpoint, endpointName } from "../model/endpoint.ts";
import { isJsonObject } from "../model/json.ts";
import { nearMatch } from "../near-match.ts";

/** The endpoint that the environment alone defines. */
export const ENVIRONMENT_ENDPOINT = "environment";

export interface EndpointFile {
  readonly endpoints: readonly Endpoint[];
  /** Null: none is used unless named. */
  readonly defaultName: string | null;
}

const HINT =
  'E.g. {"default": "judge", "endpoints": {"judge": {"baseUrl": "https://api.openai.com/v1", "model": "gpt-5-mini", "apiKeyEnv": "OPENAI_API_KEY"}}}, in YAML or JSON.';

const File = z.strictObject({
  default: z.string().nullable().optional(),
  endpoints: z.record(endpointName, z.record(z.string(), z.unknown())),
});

/**
 * Reads the file of model endpoints, YAML or (by its name) JSON. A relative `apiKeyFile` starts at the file's folder.
 * @throws AppError `invalid_input` that names the place in the file; values are not repeated, since one may be a key.
 */
export async function readEndpointFile(file: string): Promise<EndpointFile> {
  const parsed = File.safeParse(await parseText(file));
  if (!parsed.success) throw wrong(parsed.error, []);
  const { endpoints: entries, default: chosen } = parsed.data;
  const names = Object.keys(entries);
  if (names.includes(ENVIRONMENT_ENDPOINT))
    throw invalidInput(
      `The models file names an endpoint "${ENVIRONMENT_ENDPOINT}"`,
      "That name is kept for the endpoint of EVALWRIGHT_MODEL: choose another.",
    );
  const folder = dirname(resolve(file));
  const endpoints = names.map((name) => readEndpoint(name, entries[name] ?? {}, folder));
  return { endpoints, defaultName: defaultOf(names, chosen) };
}

function defaultOf(names: readonly string[], chosen: string | null | undefined): string | null {
  if (chosen === undefined) {
    if (names.length > 1)
      throw invalidInput(
        "The models file has several endpoints and no default",
        `Add default: NAME at the top (one of ${names.join(", ")}), or default: null to use none unless named.`,
      );
    return names[0] ?? null;
  }
  if (chosen !== null && !names.includes(chosen))
    throw invalidInput(
      "The models file's default is none of its endpoints",
      `They are: ${names.join(", ") || "none"}.`,
    );
  return chosen;
}

async function parseText(file: string): Promise<unknown> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw invalidInput(
      "The models file cannot be read",
      "Check EVALWRIGHT_MODELS and the file's permissions.",
    );
  }
  try {
    if (file.toLowerCase().endsWith(".json")) return JSON.parse(text);
    const { parse } = await import("yaml");
    return parse(text);
  } catch {
    throw invalidInput("The models file is neither YAML nor JSON", HINT);
  }
}

function readEndpoint(name: string, entry: Readonly<Record<string, unknown>>, folder: string): Endpoint {
  refuseKeys(name, entry);
  const parsed = Endpoint.safeParse({ ...entry, name });
  if (!parsed.success) throw wrong(parsed.error, ["endpoints", name]);
  const endpoint = parsed.data;
  if (endpoint.apiKeyEnv !== undefined && endpoint.apiKeyFile !== undefined)
    throw invalidInput(
      `endpoints.${name} of the models file has apiKeyEnv and apiKeyFile`,
      "Keep one of them.",
    );
  const { apiKeyFile } = endpoint;
  if (apiKeyFile === undefined) return endpoint;
  const fromHome = apiKeyFile.startsWith("~/") ? join(homedir(), apiKeyFile.slice(2)) : apiKeyFile;
  return { ...endpoint, apiKeyFile: resolve(folder, fromHome) };
}

const NO_KEY_HINT =
  "A models file holds no keys: put the key into an environment variable and name that as apiKeyEnv, or into a file of its own and name that as apiKeyFile. Header values go by name too: headers: {x-team: {env: TEAM_TOKEN}}.";

const isKeyName = (name: string): boolean =>
  /^(x-)?(api[_-]?key|key|token|secret|password|bearer|auth|authorization|credentials?)$/i.test(name);

/** Before anything else is checked: whoever wrote a key into the file must learn just that. */
function refuseKeys(name: string, entry: Readonly<Record<string, unknown>>): void {
  const { extra, headers, apiKeyEnv } = entry;
  const inExtra = isJsonObject(extra) ? Object.keys(extra) : [];
  const literalHeader =
    isJsonObject(headers) && Object.values(headers).some((value) => typeof value === "string");
  const isLiteral = typeof apiKeyEnv === "string" && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(apiKeyEnv);
  if ([...Object.keys(entry), ...inExtra].some(isKeyName) || literalHeader || isLiteral)
    throw invalidInput(`endpoints.${name} of the models file seems to hold a key`, NO_KEY_HINT);
}

function wrong(error: z.ZodError, at: readonly string[]): Error {
  const problems = error.issues.slice(0, 3).map((issue) => {
    const path = [...at, ...issue.path.map(String)].join(".");
    if (issue.code !== "unrecognized_keys") return `${path || "the whole"}: ${issue.message}`;
    const key = issue.keys[0] ?? "";
    const near = nearMatch(key, at.length > 0 ? Object.keys(Endpoint.shape) : Object.keys(File.shape));
    return `${path || "the whole"}: unknown "${key.slice(0, 40)}"${near ? ` (did you mean "${near}"?)` : ""}`;
  });
  return invalidInput(`The models file is not usable: ${problems.join("; ")}`, HINT);
}
