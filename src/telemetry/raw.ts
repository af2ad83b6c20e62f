import type { Json, JsonObject } from "../model/json.ts";

/** A span as OTLP carries it, decoded but not yet understood: what every convention reads. */
export interface RawSpan {
  /** 32 lower-case hex digits, validated. */
  readonly traceId: string;
  /** 16 lower-case hex digits, validated. */
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly startNs: bigint;
  /** 0n or absent in the source is null. */
  readonly endNs: bigint | null;
  /** 0 unset, 1 ok, 2 error */
  readonly statusCode: 0 | 1 | 2;
  readonly statusMessage: string | null;
  readonly attributes: JsonObject;
  readonly resource: JsonObject;
  readonly scope: { readonly name: string; readonly version: string };
  readonly events: readonly RawEvent[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly droppedAttributes: number;
  readonly droppedEvents: number;
  readonly droppedLinks: number;
}

export interface RawEvent {
  readonly name: string;
  readonly timeNs: bigint;
  readonly attributes: JsonObject;
}

/** A log record: Claude Code, Codex and `gen_ai.*` events arrive as these. */
export interface RawLog {
  /** `event_name` field, else the attribute `event.name`. */
  readonly eventName: string | null;
  readonly timeNs: bigint;
  readonly traceId: string | null;
  readonly spanId: string | null;
  readonly body: Json;
  readonly attributes: JsonObject;
  readonly resource: JsonObject;
  readonly scope: { readonly name: string; readonly version: string };
}
