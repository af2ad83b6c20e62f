import { pricesFile } from "../home.ts";
import type { Endpoint } from "../model/endpoint.ts";
import { createPricer, type Pricer } from "../telemetry/prices.ts";
import { runCall } from "./call.ts";
import { type Clock, systemClock } from "./clock.ts";
import { createCost, estimateCall } from "./cost.ts";
import { createLimiter, type Limiter } from "./limiter.ts";
import type { Llm } from "./llm.ts";
import { createDialect, type Dialect } from "./plan.ts";
import { createSender } from "./send.ts";

interface Shared {
  readonly limiter: Limiter;
  readonly dialect: Dialect;
}

/** Limits and dialects of this process's endpoints: a provider counts all calls together, whoever makes them. */
const shared = new Map<string, Shared>();

function sharedOf(endpoint: Endpoint, clock: Clock): Shared {
  const { baseUrl, apiVersion, model, apiKeyEnv, apiKeyFile, concurrency, structuredOutput } = endpoint;
  const key = JSON.stringify([
    ...[baseUrl, apiVersion, model, apiKeyEnv, apiKeyFile, concurrency, structuredOutput],
  ]);
  const known = shared.get(key);
  if (known) return known;
  const fresh = { limiter: createLimiter(concurrency, clock), dialect: createDialect(endpoint) };
  shared.set(key, fresh);
  return fresh;
}

export interface CreateLlm {
  /** Where keys are; default: the process's environment. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Default: the price list after the user's own prices. */
  readonly pricer?: Pricer | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * A client for one endpoint. Clients of the same endpoint share its limit of open requests and what was learned of it.
 * @throws AppError `invalid_input` when the key is not where the endpoint says, or the price file is not usable
 */
export function createLlm(endpoint: Endpoint, options: CreateLlm = {}): Llm {
  const { env = process.env, clock = systemClock } = options;
  const pricer = options.pricer ?? createPricer({ overrideFile: pricesFile(env) });
  const cost = createCost(endpoint, pricer);
  const sender = createSender(endpoint, env, clock);
  const tools = { endpoint, cost, clock, sender, ...sharedOf(endpoint, clock) };
  return {
    endpoint,
    complete: (request, { signal } = {}) => runCall(tools, request, signal),
    estimate: (request) => estimateCall(request, cost, clock.now()),
  };
}
