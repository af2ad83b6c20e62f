import { isStorableTime } from "./any-value.ts";
import { type IdProblem, optionalId } from "./ids.ts";
import type { Rejections } from "./rejected.ts";

export type Encoding = "protobuf" | "json";

interface SpanFrame {
  readonly traceId: string | IdProblem;
  readonly spanId: string | IdProblem;
  /** `""`: none was given. */
  readonly parentSpanId: string | IdProblem;
  readonly startNs: bigint | null;
  readonly endNs: bigint | null;
}

interface CheckedFrame {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly startNs: bigint;
  readonly endNs: bigint | null;
}

/** Checks what a span cannot be stored without; null when it was refused, and why is then counted. */
export function checkFrame(span: SpanFrame, rejections: Rejections): CheckedFrame | null {
  const { traceId, spanId, parentSpanId, startNs } = span;
  const endNs = span.endNs === 0n ? null : span.endNs;
  if (traceId === "length") return rejections.add("trace id is not 16 bytes");
  if (traceId === "zero") return rejections.add("trace id is all zeroes");
  if (spanId === "length") return rejections.add("span id is not 8 bytes");
  if (spanId === "zero") return rejections.add("span id is all zeroes");
  if (parentSpanId === "length") return rejections.add("parent span id is not 8 bytes");
  if (startNs === null || startNs === 0n) return rejections.add("start time is missing");
  if (!isStorableTime(startNs) || (endNs !== null && !isStorableTime(endNs))) {
    return rejections.add("a time is after the year 2255");
  }
  const parent = parentSpanId === "" ? null : optionalId(parentSpanId);
  return { traceId, spanId, parentSpanId: parent, startNs, endNs };
}
