import { onTestFinished } from "vitest";
import { createAllowance, type Reserve, UNLIMITED } from "../../src/metering/allowance.ts";
import { type MeteredRun, startMeter } from "../../src/metering/meter.ts";
import { createUpstream } from "../../src/metering/upstream.ts";
import { createPricer } from "../../src/telemetry/prices.ts";

const VARIABLE = "MODEL_BASE_URL";

/** A run whose model calls go to `upstream`; its proxy ends with the test. */
export async function meterRun(
  upstream: string,
  reserve: Reserve = UNLIMITED,
): Promise<MeteredRun & { readonly url: string }> {
  const meter = await startMeter({ [VARIABLE]: createUpstream(upstream, createPricer()) });
  onTestFinished(() => meter.close());
  const run = meter.begin(0, createAllowance(reserve, { calls: 1, tokens: 0, usd: 0 }));
  return { ...run, url: run.baseUrls[VARIABLE] ?? "" };
}

/** Asks as a client would, and resolves with the whole answer. */
export async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
