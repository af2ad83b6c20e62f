import { createCost } from "../llm/cost.ts";
import { Endpoint } from "../model/endpoint.ts";
import type { Usage } from "../model/span.ts";
import type { Pricer } from "../telemetry/prices.ts";

/** Where a target's model calls go, and what they cost there. */
export interface Upstream {
  /** Its path is the beginning of all paths that are sent on. */
  readonly url: URL;
  /** US dollars; null when the price is unknown. `asked` and `answered` are the model as either side calls it. */
  cost(usage: Usage, asked: string | null, answered: string | null): number | null;
}

/**
 * An endpoint's own prices hold for the model that it names; for all others, and for a plain URL, the price list does.
 * @param at the endpoint, or a base URL.
 */
export function createUpstream(at: Endpoint | string, pricer: Pricer): Upstream {
  const endpoint = typeof at === "string" ? Endpoint.parse({ name: "meter", baseUrl: at, model: "any" }) : at;
  const { prices, ...listed } = endpoint;
  return {
    url: new URL(endpoint.baseUrl),
    cost(usage, asked, answered) {
      const model = asked ?? answered;
      if (model === null) return null;
      const priced = model === endpoint.model && prices ? { ...listed, prices } : { ...listed, model };
      return createCost(priced, pricer)(usage, answered, Date.now());
    },
  };
}
