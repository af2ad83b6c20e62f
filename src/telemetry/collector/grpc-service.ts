import type { handleUnaryCall, Metadata, Server, ServiceDefinition } from "@grpc/grpc-js";
import { encodeExportResponse, encodeStatus, RPC_CODES, type SignalName } from "../otlp/respond.ts";
import { REQUEST_OVERHEAD_BYTES } from "./gate.ts";
import type { Services } from "./http-server.ts";
import { receiveExport } from "./receive.ts";
import { busy, toRefusal } from "./refusal.ts";

const SERVICES: readonly (readonly [SignalName, string])[] = [
  ["traces", "opentelemetry.proto.collector.trace.v1.TraceService"],
  ["logs", "opentelemetry.proto.collector.logs.v1.LogsService"],
  ["metrics", "opentelemetry.proto.collector.metrics.v1.MetricsService"],
];

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const definition = (service: string): ServiceDefinition => ({
  Export: {
    path: `/${service}/Export`,
    requestStream: false,
    responseStream: false,
    requestSerialize: asBuffer,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: asBuffer,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
});

/** A gRPC server of the three OTLP services, bound to no port: connections are handed to it. */
export async function createGrpcServer(services: Services): Promise<Server> {
  const grpc = await import("@grpc/grpc-js");
  const server = new grpc.Server({
    "grpc.max_receive_message_length": services.maxBodyBytes,
    "grpc.max_concurrent_streams": 32,
  });
  for (const [signal, name] of SERVICES) {
    const Export: handleUnaryCall<Buffer, Uint8Array> = (call, callback) => {
      exportOnce(signal, call.request, call.metadata, services).then(
        (answer) => callback(null, answer),
        (error: unknown) => {
          const { code, message, details } = describe(error, services);
          const metadata = new grpc.Metadata();
          metadata.set("grpc-status-details-bin", asBuffer(details));
          callback({ code, details: message, metadata });
        },
      );
    };
    server.addService(definition(name), { Export });
  }
  return server;
}

async function exportOnce(
  signal: SignalName,
  body: Buffer,
  metadata: Metadata,
  services: Services,
): Promise<Uint8Array> {
  const bytes = body.length + REQUEST_OVERHEAD_BYTES;
  if (!services.gate.take(bytes)) throw busy();
  try {
    const [project] = metadata.get("x-evalwright-project");
    const explicit = typeof project === "string" && project !== "" ? project : null;
    const rejected = await receiveExport(signal, body, "protobuf", explicit, services);
    return encodeExportResponse(signal, rejected, "protobuf");
  } finally {
    services.gate.release(bytes);
  }
}

/** The status with google.rpc.Status beside it: RetryInfo is what makes senders wait and repeat. */
function describe(error: unknown, { activity, log }: Services) {
  activity.count("refused");
  const { rpcCode: code, message, retryAfterSeconds } = toRefusal(error);
  if (code === RPC_CODES.internal) log.error({ err: error }, "a gRPC request failed");
  const status = retryAfterSeconds === undefined ? { code, message } : { code, message, retryAfterSeconds };
  return { code, message, details: encodeStatus(status, "protobuf") };
}
