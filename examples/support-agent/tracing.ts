import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

/**
 * The official OpenTelemetry SDK, exporting over OTLP. Where to is standard environment variables:
 * OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS; OTEL_RESOURCE_ATTRIBUTES go on every span.
 */
export function startTracing() {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": "shop-support", "service.version": "1.0.0" }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(), { scheduledDelayMillis: 200 })],
  });
  provider.register();
  return {
    tracer: provider.getTracer("shop-support"),
    flush: () => provider.forceFlush(),
    shutdown: () => provider.shutdown(),
  };
}
