import { encode } from "./descriptor.ts";

export const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
export const SPAN_ID = "b7ad6b7169203331";

export const bytes = (hex: string): Uint8Array => Buffer.from(hex, "hex");

/** A span for {@link traceRequest}, overridable field by field. */
export const span = (fields: object = {}): object => ({
  traceId: bytes(TRACE_ID),
  spanId: bytes(SPAN_ID),
  name: "chat",
  startTimeUnixNano: "1700000000000000000",
  endTimeUnixNano: "1700000001000000000",
  ...fields,
});

export const attribute = (key: string, value: object): object => ({ key, value });

export const traceRequest = (...spans: object[]): Uint8Array =>
  encode("TraceRequest", {
    resourceSpans: [
      {
        resource: { attributes: [attribute("service.name", { stringValue: "shop" })] },
        scopeSpans: [{ scope: { name: "lib", version: "1.2" }, spans }],
      },
    ],
  });

export const logsRequest = (...logRecords: object[]): Uint8Array =>
  encode("LogsRequest", {
    resourceLogs: [
      {
        resource: { attributes: [attribute("service.name", { stringValue: "claude-code" })] },
        scopeLogs: [{ scope: { name: "lib" }, logRecords }],
      },
    ],
  });

export const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

export const jsonSpan = (fields: object = {}): object => ({
  traceId: TRACE_ID,
  spanId: SPAN_ID,
  name: "chat",
  startTimeUnixNano: "1700000000000000000",
  ...fields,
});

export const jsonTraceRequest = (...spans: object[]): Uint8Array =>
  json({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
