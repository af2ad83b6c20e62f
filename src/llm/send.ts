import { AzureOpenAI, OpenAI } from "openai";
import type { Endpoint } from "../model/endpoint.ts";
import type { JsonObject } from "../model/json.ts";
import { version } from "../runtime.ts";
import type { Clock } from "./clock.ts";
import { type Credentials, readCredentials } from "./credentials.ts";
import { type Fault, faultOf, plainFault } from "./fault.ts";
import { onAbort } from "./on-abort.ts";
import { createFetch } from "./transport.ts";

export interface Sender {
  /** One request: the body of an answer with status 200, or what went wrong. Never throws. */
  send(body: JsonObject, signal: AbortSignal | undefined): Promise<string | Fault>;
  /** Reads the key again; true when it has changed: tokens in files expire and are renewed. */
  renewKey(): boolean;
  /** How often the key has changed. */
  keyVersion(): number;
  readonly secrets: readonly string[];
}

/** @throws AppError `invalid_input` when the key or a header is not where the endpoint says. */
export function createSender(endpoint: Endpoint, env: NodeJS.ProcessEnv, clock: Clock): Sender {
  let credentials = readCredentials(endpoint, env);
  let client = createClient(endpoint, credentials);
  let keyVersion = 0;
  return {
    keyVersion: () => keyVersion,
    get secrets() {
      return credentials.secrets;
    },
    renewKey() {
      const renewed = readCredentials(endpoint, env);
      if (renewed.key === credentials.key) return false;
      credentials = renewed;
      client = createClient(endpoint, renewed);
      keyVersion += 1;
      return true;
    },
    async send(body, signal) {
      const controller = new AbortController();
      const forget = onAbort(signal, () => controller.abort());
      try {
        const options = { body, signal: controller.signal };
        return await (await client.post("/chat/completions", options).asResponse()).text();
      } catch (error) {
        if (signal?.aborted) return plainFault("cancelled", "The call was cancelled", { unmeasured: true });
        return faultOf(error, credentials.secrets, clock.now());
      } finally {
        forget();
      }
    },
  };
}

const userAgent = `evalwright/${version}`;

/**
 * All that the SDK would take from the environment is set, so that nothing of one provider goes to another: its key,
 * organization and project, its headers (see `createFetch`), its base URL, and OPENAI_LOG, which writes to stdout.
 */
function createClient(endpoint: Endpoint, { key, headers }: Credentials): OpenAI {
  const { baseUrl, apiVersion } = endpoint;
  const options = {
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: "off",
    maxRetries: 0,
    // Covers the body too, since our fetch resolves when it has all of it.
    timeout: endpoint.timeoutMs,
    fetch: createFetch(Object.keys(headers)),
    // The SDK wants a key; a server that needs none gets none.
    apiKey: key ?? "none",
  } as const;
  if (apiVersion === undefined) {
    const authorization = key === null ? null : `Bearer ${key}`;
    return new OpenAI({
      ...options,
      baseURL: baseUrl,
      defaultHeaders: { "user-agent": userAgent, authorization, ...headers },
    });
  }
  const url = new URL(baseUrl);
  if (url.pathname === "/") url.pathname = "/openai";
  return new AzureOpenAI({
    ...options,
    baseURL: url.href,
    apiVersion,
    defaultHeaders: { "user-agent": userAgent, authorization: null, "api-key": key, ...headers },
  });
}
