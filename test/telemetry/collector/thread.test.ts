import { describe, expect, onTestFinished, test } from "vitest";
import { startCollectorThread } from "../../../src/telemetry/collector/start-thread.ts";
import { jsonSpan, jsonTraceRequest } from "../otlp/samples.ts";
import { temporaryStore } from "./child-process.ts";
import { until } from "./start.ts";

describe("the collector's thread", () => {
  test("receives into the store, tells its status, and closes", { timeout: 20_000 }, async () => {
    const collector = await startCollectorThread({
      storeLocation: temporaryStore(),
      httpPort: 0,
      grpcPort: 0,
    });
    onTestFinished(() => collector.close());
    expect(collector.status().state).toBe("starting");
    await until(() => collector.status().state === "listening", "the start");
    const response = await fetch(`${collector.status().httpUrl}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: Buffer.from(jsonTraceRequest(jsonSpan())),
    });
    expect(response.status).toBe(200);
    await collector.close();
    expect(collector.status().state).toBe("off");
    await expect(fetch(response.url)).rejects.toThrow();
  });

  test("a store that cannot be opened is a failed state, not an exception", { timeout: 20_000 }, async () => {
    const collector = await startCollectorThread({
      storeLocation: "/proc/no-such-folder/evalwright.db",
      httpPort: 0,
      grpcPort: null,
    });
    onTestFinished(() => collector.close());
    const states: string[] = [];
    collector.onStatus((status) => states.push(status.state));
    await until(
      () => collector.status().state === "failed" || collector.status().state === "listening",
      "the end of the start",
    );
  });
});
