import type { RawSpan } from "../raw.ts";
import type { Notes } from "./notes.ts";

const NS_PER_US = 1_000n;
const MAX_US = BigInt(Number.MAX_SAFE_INTEGER);
const HOUR_US = 3_600_000_000;
const SPAN_ID = /^[0-9a-f]{16}$/;

/** Whole microseconds; negative and impossible times are brought into the range of exact numbers. */
export function toMicroseconds(ns: bigint): number {
  const us = ns / NS_PER_US;
  return us < 0n ? 0 : us > MAX_US ? Number.MAX_SAFE_INTEGER : Number(us);
}

export interface Identity {
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly startUs: number;
  readonly endUs: number | null;
}

/**
 * Which span this is, and when. Logfire announces a span that has started by a placeholder: a child of it named
 * `pending_span`, with the real parent in an attribute. It becomes the span itself, not ended, which the real one
 * then completes.
 */
export function identify(raw: RawSpan, arrivedUs: number, notes: Notes): Identity {
  const startUs = raw.startNs > 0n ? toMicroseconds(raw.startNs) : arrivedUs;
  if (raw.startNs <= 0n) notes.add("bad_attribute", "start time missing, arrival time used");
  if (startUs > arrivedUs + HOUR_US)
    notes.add("clock_in_future", "starts more than an hour after it arrived");
  if (raw.attributes["logfire.span_type"] === "pending_span" && raw.parentSpanId !== null) {
    return { spanId: raw.parentSpanId, parentSpanId: pendingParent(raw), startUs, endUs: null };
  }
  const endUs = raw.endNs === null || raw.endNs <= 0n ? null : toMicroseconds(raw.endNs);
  if (endUs === null) notes.add("missing_end", "no end time");
  else if (endUs < startUs) notes.add("negative_duration", "ends before it starts");
  return { spanId: raw.spanId, parentSpanId: raw.parentSpanId, startUs, endUs };
}

function pendingParent(raw: RawSpan): string | null {
  const parent = raw.attributes["logfire.pending_parent_id"];
  return typeof parent === "string" && SPAN_ID.test(parent) && !/^0+$/.test(parent) ? parent : null;
}
