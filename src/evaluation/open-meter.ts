import { AppError, invalidInput } from "../errors.ts";
import { pricesFile } from "../home.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { resolveEndpoint } from "../llm/endpoints.ts";
import type { Meter } from "../metering/meter.ts";
import type { Upstream } from "../metering/upstream.ts";
import type { Spend } from "../model/ledger.ts";
import type { TargetSpec } from "../model/target.ts";

/** In reports of what was spent: a model call of the agent under test. */
const KIND = "metered";

export const reserveIn =
  (ledger: Ledger) =>
  (estimate: Spend): ReturnType<Ledger["hold"]> =>
    ledger.hold(KIND, estimate);

/**
 * Where the model calls of a target go, by its variables; null when its file has no `meter`.
 * @throws AppError `invalid_input` when it names an endpoint that is not configured.
 */
export async function upstreamsOf(spec: TargetSpec): Promise<Readonly<Record<string, Upstream>> | null> {
  if (!("meter" in spec) || spec.meter === undefined) return null;
  const { createUpstream } = await import("../metering/upstream.ts");
  const { createPricer } = await import("../telemetry/prices.ts");
  const pricer = createPricer({ overrideFile: pricesFile() });
  const upstreams = Object.entries(spec.meter).map(async ([name, to]) => {
    const at = to.includes("://") ? to : await endpointOf(name, to);
    return [name, createUpstream(at, pricer)] as const;
  });
  return Object.fromEntries(await Promise.all(upstreams));
}

async function endpointOf(variable: string, name: string) {
  try {
    const endpoint = await resolveEndpoint(name);
    if (endpoint) return endpoint;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "not_found") throw error;
    throw invalidInput(
      `"meter" of the target file sends ${variable} to a model endpoint that is not configured`,
      `Give the base URL itself, or one of the endpoints. ${error.hint}`,
    );
  }
  throw new Error("a name was given and nothing said of it");
}

/** @throws AppError as `upstreamsOf`. */
export async function openMeter(spec: TargetSpec, ledger: Ledger): Promise<Meter | null> {
  const upstreams = await upstreamsOf(spec);
  if (upstreams === null) return null;
  const { startMeter } = await import("../metering/meter.ts");
  return startMeter(upstreams, reserveIn(ledger));
}

/** What programs of a target asked between its runs. */
export function outsideNotes(meter: Meter | null): string[] {
  const calls = meter?.outside().calls ?? 0;
  return calls === 0
    ? []
    : [`${calls} model calls came between runs: they are charged to the job, and part of no run's cost`];
}
