import { readFileSync } from "node:fs";
import { invalidInput } from "../errors.ts";
import type { Endpoint } from "../model/endpoint.ts";

type KeyState =
  | { readonly state: "present"; readonly key: string }
  | { readonly state: "missing"; readonly why: string }
  | { readonly state: "none" };

/** Looks the key up where the endpoint says that it is. */
export function findKey({ apiKeyEnv, apiKeyFile }: Endpoint, env: NodeJS.ProcessEnv): KeyState {
  if (apiKeyEnv !== undefined) {
    const key = env[apiKeyEnv]?.trim();
    if (!key) return { state: "missing", why: `the environment variable ${apiKeyEnv} is not set` };
    return checked(key, `the environment variable ${apiKeyEnv}`);
  }
  if (apiKeyFile === undefined) return { state: "none" };
  try {
    const key = readFileSync(apiKeyFile, "utf8").trim();
    if (key === "") return { state: "missing", why: "its apiKeyFile is empty" };
    return checked(key, "its apiKeyFile");
  } catch {
    return { state: "missing", why: "its apiKeyFile cannot be read" };
  }
}

/** What no HTTP header can carry was not meant as a key; an error that Node.js makes of it might show it. */
const checked = (key: string, place: string): KeyState =>
  /^[\x21-\x7e]{1,8192}$/.test(key)
    ? { state: "present", key }
    : { state: "missing", why: `${place} holds something that is no key (one line, no spaces)` };

export interface Credentials {
  /** Null: the endpoint needs none. */
  readonly key: string | null;
  /** Configured headers with their values. */
  readonly headers: Readonly<Record<string, string>>;
  /** Everything that no error may contain. */
  readonly secrets: readonly string[];
}

/**
 * The key and headers that go with each request; never stored, logged or returned.
 * @throws AppError `invalid_input` that names the variable that is missing.
 */
export function readCredentials(endpoint: Endpoint, env: NodeJS.ProcessEnv): Credentials {
  const found = findKey(endpoint, env);
  if (found.state === "missing")
    throw invalidInput(
      `The model endpoint "${endpoint.name}" has no key: ${found.why}`,
      "Set it in the environment of the process that makes the calls, or remove apiKeyEnv and apiKeyFile for a server that needs none.",
    );
  const headers: Record<string, string> = {};
  for (const [name, { env: variable }] of Object.entries(endpoint.headers)) {
    const value = env[variable];
    if (!value || !/^[\x20-\x7e]{1,8192}$/.test(value))
      throw invalidInput(
        `The model endpoint "${endpoint.name}" takes header ${name} from the environment variable ${variable}, which is not set or no header value`,
        "Set it, or remove the header.",
      );
    headers[name.toLowerCase()] = value;
  }
  const key = found.state === "present" ? found.key : null;
  return { key, headers, secrets: [...(key === null ? [] : [key]), ...Object.values(headers)] };
}
