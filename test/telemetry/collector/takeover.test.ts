import { createServer } from "node:http";
import { pino } from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { openStore } from "../../../src/store/open.ts";
import { jsonSpan, jsonTraceRequest, TRACE_ID } from "../otlp/samples.ts";
import { freePort, startProcess, temporaryStore } from "./child-process.ts";
import { startTestCollector, until } from "./start.ts";

const send = (port: number, spanId: string) =>
  fetch(`http://127.0.0.1:${port}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-evalwright-project": "shop" },
    body: Buffer.from(jsonTraceRequest(jsonSpan({ spanId }))),
  }).then(
    (response) => response.status,
    () => 0,
  );

describe("two collectors on one store", () => {
  test("the second stands by and takes both ports over when the first is killed", {
    timeout: 30_000,
  }, async () => {
    const store = temporaryStore();
    const [httpPort, grpcPort] = [await freePort(), await freePort()];
    const first = await startProcess(store, httpPort, grpcPort);
    expect(first.status()).toMatchObject({ state: "listening" });
    const second = await startProcess(store, httpPort, grpcPort);
    expect(second.status().state).toBe("standby");
    expect(second.status().detail).toContain("takes over when it goes");
    expect(second.status().httpUrl).toBe(`http://127.0.0.1:${httpPort}`);

    expect(await send(httpPort, "00000000000000a1")).toBe(200);
    await first.kill();
    await until(
      () => second.status().state === "listening" && !second.status().detail.includes("gRPC"),
      "hand-over",
    );
    await until(async () => (await send(httpPort, "00000000000000a2")) === 200, "an answer of the second");
    expect(await send(grpcPort, "00000000000000a3")).toBe(200);
    await second.kill();

    const opened = await openStore(store, pino({ level: "silent" }));
    onTestFinished(() => opened[Symbol.asyncDispose]());
    const spans = await opened.traces.readSpans("shop", TRACE_ID, { limit: 10 });
    expect(spans.items.map((item) => item.head.spanId).sort()).toEqual([
      "00000000000000a1",
      "00000000000000a2",
      "00000000000000a3",
    ]);
  });
});

describe("foreign holders", () => {
  test("another program on the port moves us to the next one, and the status says so", async () => {
    const foreign = createServer((_, response) => response.end("hello"));
    const port = await freePort();
    await new Promise<void>((resolve) => foreign.listen(port, "127.0.0.1", resolve));
    onTestFinished(() => void foreign.close());
    const { collector, port: actual } = await startTestCollector({ httpPort: port });
    expect(actual).toBeGreaterThan(port);
    expect(collector.status()).toMatchObject({ state: "listening" });
    expect(collector.status().detail).toContain(`Port ${port} is held by another program`);
  });

  test("a program that never answers counts as foreign, an Evalwright on another store too", async () => {
    const mute = createServer(() => undefined);
    const port = await freePort();
    await new Promise<void>((resolve) => mute.listen(port, "127.0.0.1", resolve));
    onTestFinished(() => {
      mute.closeAllConnections();
      mute.close();
    });
    const moved = await startTestCollector({ httpPort: port, standbyPollMs: 50 });
    expect(moved.port).toBeGreaterThan(port);
    const other = createServer((_, response) =>
      response.end(JSON.stringify({ product: "evalwright", storeId: "another" })),
    );
    const otherPort = await freePort();
    await new Promise<void>((resolve) => other.listen(otherPort, "127.0.0.1", resolve));
    onTestFinished(() => void other.close());
    expect((await startTestCollector({ httpPort: otherPort })).port).toBeGreaterThan(otherPort);
  });

  test("within one process too, the second takes over when the first is closed", async () => {
    const { collector } = await startTestCollector({ host: "127.0.0.1", httpPort: 0, grpcPort: 0 });
    const holder = Number(new URL(collector.status().httpUrl ?? "").port);
    const same = await startTestCollector({ httpPort: holder, standbyPollMs: 50 });
    expect(same.collector.status().state).toBe("standby");
    expect(await send(same.grpcPort, "00000000000000a4")).toBe(200);
    await collector.close();
    expect(collector.status()).toMatchObject({ state: "off", httpUrl: null });
    await until(() => same.collector.status().state === "listening", "the take-over");
  });

  test("an address that is not ours is a failure that says so, not an exception", async () => {
    // 203.0.113.0/24 is reserved for documentation (RFC 5737): no interface has it.
    const { collector } = await startTestCollector({ host: "203.0.113.1", httpPort: 4318 });
    expect(collector.status()).toMatchObject({ state: "failed", httpUrl: null });
    expect(collector.status().detail).toContain("EADDRNOTAVAIL");
  });
});
