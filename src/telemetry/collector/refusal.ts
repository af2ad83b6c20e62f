import { AppError } from "../../errors.ts";
import { RPC_CODES, type RpcCode } from "../otlp/respond.ts";

/** Seconds after which a sender that found us busy should try again. */
const RETRY_AFTER_SECONDS = 2;

/** A refusal as both protocols say it. */
export interface Refusal {
  readonly httpStatus: number;
  readonly rpcCode: RpcCode;
  readonly message: string;
  /** Only for what may succeed later: senders repeat nothing else. */
  readonly retryAfterSeconds?: number;
}

/**
 * The answer for an error. Only `unavailable` becomes a retryable code (503, UNAVAILABLE): bad data that were
 * answered so would come back for ever.
 */
export function toRefusal(error: unknown): Refusal {
  if (!(error instanceof AppError)) {
    const message = "internal: a defect of the receiver. The data was not stored; its log has the cause.";
    return { httpStatus: 500, rpcCode: RPC_CODES.internal, message };
  }
  const message = error.describe();
  switch (error.code) {
    case "invalid_input":
      return { httpStatus: 400, rpcCode: RPC_CODES.invalidArgument, message };
    case "not_found":
      return { httpStatus: 404, rpcCode: RPC_CODES.notFound, message };
    case "conflict":
    case "idempotency_conflict":
      return { httpStatus: 409, rpcCode: RPC_CODES.alreadyExists, message };
    case "too_large":
      return { httpStatus: 413, rpcCode: RPC_CODES.invalidArgument, message };
    case "unavailable": {
      const retryAfterSeconds = RETRY_AFTER_SECONDS;
      return { httpStatus: 503, rpcCode: RPC_CODES.unavailable, message, retryAfterSeconds };
    }
    case "refused":
      return { httpStatus: 403, rpcCode: RPC_CODES.permissionDenied, message };
    case "internal":
      return { httpStatus: 500, rpcCode: RPC_CODES.internal, message };
  }
}

export const busy = (): AppError =>
  new AppError("unavailable", "The receiver has too many unanswered requests in memory", {
    hint: "Try again in a few seconds.",
  });

export const tooLarge = (maxBytes: number): AppError =>
  new AppError("too_large", `The body has more than ${maxBytes} bytes after decompression`, {
    hint: "Send smaller batches, for example OTEL_BSP_MAX_EXPORT_BATCH_SIZE=64.",
  });
