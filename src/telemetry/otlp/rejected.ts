import { AppError } from "../../errors.ts";

/** Why single spans or log records were refused, in our words only. */
export interface Rejected {
  readonly count: number;
  readonly reasons: Readonly<Record<string, number>>;
}

export interface Rejections {
  add(reason: RejectReason): null;
  result(): Rejected;
}

type RejectReason =
  | "trace id is not 16 bytes"
  | "trace id is all zeroes"
  | "span id is not 8 bytes"
  | "span id is all zeroes"
  | "parent span id is not 8 bytes"
  | "start time is missing"
  | "a time is after the year 2255"
  | "not a span but a log record"
  | "not a log record but a span"
  | "not an object";

export function createRejections(): Rejections {
  const reasons: Partial<Record<RejectReason, number>> = {};
  let count = 0;
  return {
    add(reason) {
      count += 1;
      reasons[reason] = (reasons[reason] ?? 0) + 1;
      return null;
    },
    result: () => ({ count, reasons: { ...reasons } }),
  };
}

/** `trace id is not 16 bytes (3), start time is missing (1)` */
export const describeRejected = (rejected: Rejected): string =>
  Object.entries(rejected.reasons)
    .map(([reason, count]) => `${reason} (${count})`)
    .join(", ");

/** Refuses a request of which nothing could be taken: its sender must not retry it, and is told what it sent. */
export function refuseIfNothingLeft(kind: "spans" | "log records", taken: number, rejected: Rejected): void {
  if (taken > 0 || rejected.count === 0) return;
  const message = `All ${rejected.count} ${kind} were refused: ${describeRejected(rejected)}`;
  const reasons: Readonly<Record<string, number>> = rejected.reasons;
  if (reasons["not a span but a log record"]) {
    throw new AppError("invalid_input", message, { hint: "Send log records to /v1/logs." });
  }
  if (reasons["not a log record but a span"]) {
    throw new AppError("invalid_input", message, { hint: "Send spans to /v1/traces." });
  }
  throw new AppError("invalid_input", message, {
    hint: "Trace ids are 16 bytes and span ids 8: hexadecimal in JSON, raw bytes in protobuf.",
  });
}
