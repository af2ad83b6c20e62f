import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { describe, expect, onTestFinished, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import { decode } from "../otlp/descriptor.ts";
import { jsonSpan, jsonTraceRequest, logsRequest, span, traceRequest } from "../otlp/samples.ts";
import { startTestCollector } from "./start.ts";

const TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
const METRICS = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

function createCall(grpcPort: number) {
  const client = new Client(`127.0.0.1:${grpcPort}`, credentials.createInsecure(), {
    "grpc.max_send_message_length": -1,
  });
  onTestFinished(() => client.close());
  const same = (bytes: Buffer) => bytes;
  return (path: string, body: Uint8Array, headers: Record<string, string> = {}) =>
    new Promise<{ answer: Buffer | undefined; error: ServiceError | null }>((resolve) => {
      const metadata = new Metadata();
      for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
      client.makeUnaryRequest(path, same, same, Buffer.from(body), metadata, (error, answer) => {
        resolve({ answer, error });
      });
    });
}

const detailsOf = (error: ServiceError | null) => {
  const [bytes] = error?.metadata.get("grpc-status-details-bin") ?? [];
  return Buffer.isBuffer(bytes) ? decode("RpcStatus", bytes) : {};
};

describe("gRPC", () => {
  test("traces, logs and metrics are accepted; the project is in the metadata", async () => {
    const { grpcPort, store } = await startTestCollector();
    const call = createCall(grpcPort);
    const { answer } = await call(TRACES, traceRequest(span()), { "x-evalwright-project": "shop" });
    expect(answer).toHaveLength(0);
    expect(store.spans("shop")).toHaveLength(1);
    const log = { timeUnixNano: "5000", body: { stringValue: "claude_code.user_prompt" } };
    expect((await call(LOGS, logsRequest(log))).error).toBeNull();
    expect((await call(METRICS, Buffer.from("x"))).error).toBeNull();
  });

  test("a partial success counts what was refused", async () => {
    const { grpcPort } = await startTestCollector();
    const { answer } = await createCall(grpcPort)(
      TRACES,
      traceRequest(span(), span({ startTimeUnixNano: 0 })),
    );
    expect(decode("ExportResponse", answer ?? Buffer.alloc(0))).toMatchObject({
      partialSuccess: { rejected: "1" },
    });
  });

  test("bad data and bad projects are INVALID_ARGUMENT, without a time to retry", async () => {
    const { grpcPort } = await startTestCollector();
    const call = createCall(grpcPort);
    const junk = await call(TRACES, Buffer.from([255, 1]));
    expect(junk.error?.code).toBe(3);
    expect(detailsOf(junk.error)).toEqual({ code: 3, message: expect.stringContaining("protobuf") });
    const project = await call(TRACES, traceRequest(span()), { "x-evalwright-project": "Not Valid" });
    expect(project.error?.code).toBe(3);
    expect((await call(TRACES, logsRequest({ timeUnixNano: "5" }))).error?.details).toContain("/v1/logs");
  });

  test("a busy store is UNAVAILABLE with RetryInfo", async () => {
    const { grpcPort, store } = await startTestCollector();
    store.onInsert(async () => {
      throw new AppError("unavailable", "The store is busy");
    });
    const { error } = await createCall(grpcPort)(TRACES, traceRequest(span()));
    expect(error?.code).toBe(14);
    expect(detailsOf(error)).toMatchObject({ details: [{ typeUrl: expect.stringContaining("RetryInfo") }] });
  });

  test("too large is RESOURCE_EXHAUSTED without RetryInfo: it is not repeated", async () => {
    const { grpcPort, store } = await startTestCollector({ maxBodyBytes: 10_000 });
    const { error } = await createCall(grpcPort)(TRACES, traceRequest(span({ name: "x".repeat(20_000) })));
    expect(error?.code).toBe(8);
    expect(detailsOf(error)).toEqual({});
    expect(store.inserts()).toBe(0);
  });

  test("an unknown method is UNIMPLEMENTED", async () => {
    const { grpcPort } = await startTestCollector();
    expect((await createCall(grpcPort)("/x.Y/Z", Buffer.alloc(0))).error?.code).toBe(12);
  });

  test("an HTTP sender at the gRPC port is served, and recognised", async () => {
    const { grpcPort, store, collector } = await startTestCollector();
    const response = await fetch(`http://127.0.0.1:${grpcPort}/v1/traces`, {
      method: "POST",
      body: Buffer.from(jsonTraceRequest(jsonSpan())),
      headers: { "content-type": "application/json" },
    });
    expect(response.status).toBe(200);
    expect(store.spans()).toHaveLength(1);
    expect(collector.status().detail).toContain("HTTP sender connected to the gRPC port");
  });

  test("gRPC can be switched off", async () => {
    const { collector } = await startTestCollector({ grpcPort: null });
    expect(collector.status()).toMatchObject({ state: "listening", grpcUrl: null });
  });
});
