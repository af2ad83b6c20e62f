import { invalidInput } from "../errors.ts";
import { storeLocation } from "../home.ts";
import { startCollectorThread } from "../telemetry/collector/start-thread.ts";
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
  // In its thread, as beside the stdio server: only a thread's heap can be kept small.
  const collector = await startCollectorThread({
    ...chosenPorts(options),
    storeLocation: storeLocation(),
    host: options.host,
    ...allowedNames(options),
    ...(options.maxBodyMb === undefined ? {} : { maxBodyBytes: Math.floor(options.maxBodyMb * 1024 * 1024) }),
  });
  const stay = setInterval(() => undefined, 60_000); // the thread alone does not keep the process alive
  let hasFailed = false;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const say = () => {
    const { state, httpUrl, grpcUrl, detail } = collector.status();
    if (state === "starting" || state === "off") return;
    process.stderr.write(`${state}: OTLP HTTP ${httpUrl ?? "-"}, gRPC ${grpcUrl ?? "-"}. ${detail}\n`);
    if (state !== "failed") return;
    hasFailed = true;
    end();
  };
  say();
  collector.onStatus(say);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, end);
  await ended;
  clearInterval(stay);
  await collector.close();
  process.exit(hasFailed ? 1 : 0);
}
