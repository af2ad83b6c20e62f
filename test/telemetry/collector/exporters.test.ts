import { type Span as ApiSpan, context, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from "@opentelemetry/sdk-trace-node";
import { describe, expect, test } from "vitest";
import { type Started, startTestCollector } from "./start.ts";

const { CompressionAlgorithm } = await import("@opentelemetry/otlp-exporter-base");

/** A small agent run through the official SDK: a root with a model call that failed. */
async function exportRun(exporter: SpanExporter): Promise<{ traceId: string }> {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": "support-agent" }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer("test", "1.0.0");
  const root: ApiSpan = tracer.startSpan("invoke_agent support", {
    attributes: { "gen_ai.operation.name": "invoke_agent", "gen_ai.conversation.id": "c-1" },
  });
  const inside = trace.setSpan(context.active(), root);
  const call = tracer.startSpan(
    "chat gpt-5",
    {
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"hello"}]}]',
      },
    },
    inside,
  );
  call.setStatus({ code: SpanStatusCode.ERROR, message: "rate limited" });
  call.end();
  root.end();
  await provider.forceFlush();
  await provider.shutdown();
  return { traceId: root.spanContext().traceId };
}

const EXPORTERS: readonly [string, (started: Started) => SpanExporter][] = [
  ["protobuf over HTTP", ({ url }) => new ProtobufExporter({ url: `${url}/v1/traces` })],
  [
    "protobuf over HTTP, gzip",
    ({ url }) => new ProtobufExporter({ url: `${url}/v1/traces`, compression: CompressionAlgorithm.GZIP }),
  ],
  ["JSON over HTTP", ({ url }) => new JsonExporter({ url: `${url}/v1/traces` })],
  ["gRPC", ({ grpcPort }) => new GrpcExporter({ url: `http://127.0.0.1:${grpcPort}` })],
  [
    "gRPC, gzip",
    ({ grpcPort }) =>
      new GrpcExporter({ url: `http://127.0.0.1:${grpcPort}`, compression: CompressionAlgorithm.GZIP }),
  ],
];

describe("official exporters", () => {
  test.each(EXPORTERS)("%s", async (_, create) => {
    const started = await startTestCollector();
    const { traceId } = await exportRun(create(started));
    const spans = started.store.spans();
    expect(spans).toHaveLength(2);
    const call = spans.find((item) => item.name === "chat gpt-5");
    const root = spans.find((item) => item.parentSpanId === null);
    expect(call).toMatchObject({
      traceId,
      parentSpanId: root?.spanId,
      kind: "llm",
      status: "error",
      statusMessage: "rate limited",
      model: "gpt-5",
      service: "support-agent",
      content: { inputMessages: [{ role: "user", parts: [{ type: "text", text: "hello" }] }] },
    });
    expect(root?.sessionId).toBe("c-1");
  });
});
