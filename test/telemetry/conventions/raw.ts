import type { JsonObject } from "../../../src/model/json.ts";
import type { RawEvent, RawSpan } from "../../../src/telemetry/raw.ts";

export const START_US = 1_780_000_000_000_000;
export const arrivedUs = START_US + 5_000_000;

/** A raw span of one second with these attributes. */
export function rawSpan(attributes: JsonObject, more: Partial<RawSpan> = {}): RawSpan {
  return {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    parentSpanId: null,
    name: "span",
    startNs: BigInt(START_US) * 1_000n,
    endNs: BigInt(START_US + 1_000_000) * 1_000n,
    statusCode: 0,
    statusMessage: null,
    attributes,
    resource: {},
    scope: { name: "", version: "" },
    events: [],
    links: [],
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
    ...more,
  };
}

export const rawEvent = (name: string, attributes: JsonObject): RawEvent => ({
  name,
  timeNs: BigInt(START_US) * 1_000n,
  attributes,
});
