import { dirname } from "node:path";
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

  test("with a store that cannot be opened it says so to senders, and lives", {
    timeout: 20_000,
  }, async () => {
    const collector = await startCollectorThread({
      storeLocation: dirname(temporaryStore()), // a folder
      httpPort: 0,
      grpcPort: null,
    });
    onTestFinished(() => collector.close());
    await until(() => collector.status().state === "listening", "the start");
    const url = collector.status().httpUrl;
    const response = await fetch(`${url}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: Buffer.from(jsonTraceRequest(jsonSpan())),
    });
    expect(response.status).toBe(503);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(collector.status().state).toBe("listening");
  });

  test("settings that make no sense end in a failed state, not in an exception", {
    timeout: 20_000,
  }, async () => {
    const collector = await startCollectorThread({
      storeLocation: temporaryStore(),
      httpPort: 99_999,
      grpcPort: null,
    });
    onTestFinished(() => collector.close());
    await until(() => collector.status().state === "failed", "the failure");
    expect(collector.status().httpUrl).toBeNull();
  });
});
