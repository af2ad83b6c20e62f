import protobuf from "protobufjs/minimal.js";
import { describeRejected, type Rejected } from "./rejected.ts";
import type { Encoding } from "./request.ts";

export type SignalName = "traces" | "logs" | "metrics";

const REJECTED_KEYS = {
  traces: "rejectedSpans",
  logs: "rejectedLogRecords",
  metrics: "rejectedDataPoints",
} as const;

/** Codes of google.rpc.Code that a receiver of telemetry answers with. */
export const RPC_CODES = {
  ok: 0,
  invalidArgument: 3,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;
export type RpcCode = (typeof RPC_CODES)[keyof typeof RPC_CODES];

/** Export*ServiceResponse. Without rejections it is empty, as the specification demands of full success. */
export function encodeExportResponse(signal: SignalName, rejected: Rejected, encoding: Encoding): Uint8Array {
  if (rejected.count === 0) return encoding === "json" ? Buffer.from("{}") : new Uint8Array(0);
  const errorMessage = `Refused: ${describeRejected(rejected)}`;
  if (encoding === "json") {
    const partialSuccess = { [REJECTED_KEYS[signal]]: String(rejected.count), errorMessage };
    return Buffer.from(JSON.stringify({ partialSuccess }));
  }
  const writer = protobuf.Writer.create();
  writer.uint32(10).fork().uint32(8).int64(rejected.count).uint32(18).string(errorMessage).ldelim();
  return writer.finish();
}

export interface RpcStatus {
  readonly code: RpcCode;
  readonly message: string;
  /** When to try again; adds google.rpc.RetryInfo, without which a gRPC sender gives up on RESOURCE_EXHAUSTED. */
  readonly retryAfterSeconds?: number;
}

const RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";

/** google.rpc.Status, the body of every refusal. */
export function encodeStatus(status: RpcStatus, encoding: Encoding): Uint8Array {
  const { code, message, retryAfterSeconds } = status;
  if (encoding === "json") {
    const details = retryAfterSeconds
      ? { details: [{ "@type": RETRY_INFO, retryDelay: `${retryAfterSeconds}s` }] }
      : {};
    return Buffer.from(JSON.stringify({ code, message, ...details }));
  }
  const writer = protobuf.Writer.create().uint32(8).int32(code).uint32(18).string(message);
  if (retryAfterSeconds) {
    const duration = protobuf.Writer.create().uint32(8).int64(retryAfterSeconds).finish();
    const info = protobuf.Writer.create().uint32(10).bytes(duration).finish();
    writer.uint32(26).fork().uint32(10).string(RETRY_INFO).uint32(18).bytes(info).ldelim();
  }
  return writer.finish();
}
