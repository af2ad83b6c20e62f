import { pino } from "pino";
import { onTestFinished } from "vitest";
import { startCollector } from "../../../src/telemetry/collector/collector.ts";
import type { Collector, CollectorSettings } from "../../../src/telemetry/collector/options.ts";
import { createMemoryStore, type MemoryStore } from "./memory-store.ts";

export interface Started {
  readonly collector: Collector;
  readonly store: MemoryStore;
  readonly url: string;
  readonly port: number;
  readonly grpcPort: number;
}

/** A collector on free ports over a memory store; closed when the test ends. */
export async function startTestCollector(settings: CollectorSettings = {}): Promise<Started> {
  const store = createMemoryStore();
  const collector = await startCollector({
    httpPort: 0,
    grpcPort: 0,
    ...settings,
    store,
    storeId: "test-store",
    log: pino({ level: "silent" }),
  });
  onTestFinished(() => collector.close());
  const { httpUrl, grpcUrl } = collector.status();
  return {
    collector,
    store,
    url: httpUrl ?? "",
    port: Number(new URL(httpUrl ?? "http://none").port),
    grpcPort: grpcUrl ? Number(new URL(grpcUrl).port) : 0,
  };
}

/** Resolves when `check` holds; fails after ten seconds. */
export async function until(check: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let waited = 0; waited < 10_000; waited += 20) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`never happened: ${what}`);
}
