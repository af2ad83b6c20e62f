import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../../src/store/open.ts";
import { bytes, span, traceRequest } from "../otlp/samples.ts";
import { freePort, startProcess, temporaryStore } from "./child-process.ts";

const SENDERS = 8;
const SPANS_PER_REQUEST = 20;
/** Answers, not seconds: a loaded machine may give none in any number of these. */
const KILLED_AFTER = 60;

const idOf = (request: number, index: number): string =>
  (request * 1_000 + index + 1).toString(16).padStart(16, "0");
const traceOf = (request: number): string => (request + 1).toString(16).padStart(32, "0");

test("every acknowledged span survives kill -9 under load, and no request is stored in part", {
  timeout: 60_000,
}, async () => {
  const location = temporaryStore();
  const port = await freePort();
  const collector = await startProcess(location, port, await freePort());
  const acknowledged: number[] = [];
  let next = 0;
  const send = async (): Promise<void> => {
    for (;;) {
      const request = next++;
      const spans = Array.from({ length: SPANS_PER_REQUEST }, (_, index) =>
        span({
          traceId: bytes(traceOf(request)),
          spanId: bytes(idOf(request, index)),
          name: "x".repeat(500),
        }),
      );
      try {
        const response = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
          method: "POST",
          headers: { "content-type": "application/x-protobuf", "x-evalwright-project": "shop" },
          body: Buffer.from(traceRequest(...spans)),
        });
        if (response.status === 200) acknowledged.push(request);
        if (acknowledged.length >= KILLED_AFTER) void collector.kill();
      } catch {
        return;
      }
    }
  };
  const senders = Array.from({ length: SENDERS }, send);
  await Promise.all(senders);
  expect(acknowledged.length).toBeGreaterThanOrEqual(KILLED_AFTER);

  const store = await openStore(location, pino({ level: "silent" }));
  onTestFinished(() => store[Symbol.asyncDispose]());
  for (let request = 0; request < next; request += 1) {
    const stored = await store.traces.readSpans("shop", traceOf(request), { limit: 100 }).then(
      (page) => page.items.length,
      () => 0,
    );
    if (acknowledged.includes(request)) expect(stored).toBe(SPANS_PER_REQUEST);
    else expect([0, SPANS_PER_REQUEST]).toContain(stored);
  }
});
