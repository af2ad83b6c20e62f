import { hashOf } from "../canonical.ts";
import type { Endpoint } from "../model/endpoint.ts";

/**
 * Names what of an endpoint fixes its answers (URL, model, API version, extra parameters, way of asking for JSON), for
 * the keys of recorded calls. Neither its name nor its key, limits or prices: 32 hex digits.
 */
export function endpointFingerprint({
  baseUrl,
  model,
  apiVersion,
  extra,
  structuredOutput,
}: Endpoint): string {
  const { origin, pathname, search } = new URL(baseUrl);
  const url = `${origin}${pathname.replace(/\/+$/, "")}${search}`;
  return hashOf({ url, model, apiVersion: apiVersion ?? null, extra, structuredOutput }).slice(0, 32);
}
