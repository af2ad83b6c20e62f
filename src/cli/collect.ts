import { invalidInput } from "../errors.ts";
import { storeId, storeLocation } from "../home.ts";
import { createLog } from "../log.ts";
import { openStore } from "../store/open.ts";
import { startCollector } from "../telemetry/collector/collector.ts";
import { allowedNames } from "./allowed-names.ts";
import { chosenPorts, type Ports } from "./ports.ts";

export interface CollectOptions extends Ports {
  readonly host?: string;
  readonly allowOrigin?: readonly string[];
  readonly allowHost?: readonly string[];
  readonly maxBodyMb?: number;
}

/** `evalwright collect`: receives until SIGINT or SIGTERM, says on stderr where, and stands by for another receiver. */
export async function collect(options: CollectOptions): Promise<void> {
  if (options.maxBodyMb !== undefined && !(options.maxBodyMb > 0 && options.maxBodyMb <= 1_024)) {
    throw invalidInput("--max-body-mb is not usable", "Allowed: a number above 0, at most 1024.");
  }
  const log = createLog("evalwright-collect");
  const location = storeLocation();
  const store = await openStore(location, log);
  const collector = await startCollector({
    ...chosenPorts(options),
    store,
    storeId: storeId(location),
    log,
    host: options.host,
    ...allowedNames(options),
    ...(options.maxBodyMb === undefined ? {} : { maxBodyBytes: Math.floor(options.maxBodyMb * 1024 * 1024) }),
  });
  const say = () => {
    const { state, httpUrl, grpcUrl, detail } = collector.status();
    process.stderr.write(`${state}: OTLP HTTP ${httpUrl ?? "-"}, gRPC ${grpcUrl ?? "-"}. ${detail}\n`);
  };
  say();
  collector.onStatus(say);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
  await collector.close();
  await store[Symbol.asyncDispose]();
  process.exit(0);
}
