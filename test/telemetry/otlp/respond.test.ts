import { describe, expect, test } from "vitest";
import { encodeExportResponse, encodeStatus, RPC_CODES } from "../../../src/telemetry/otlp/respond.ts";
import { decode } from "./descriptor.ts";

const NONE = { count: 0, reasons: {} };
const SOME = { count: 2, reasons: { "start time is missing": 2 } };
const parse = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());

describe("export responses", () => {
  test("full success is the empty message", () => {
    expect(encodeExportResponse("traces", NONE, "protobuf")).toHaveLength(0);
    expect(parse(encodeExportResponse("logs", NONE, "json"))).toEqual({});
  });

  test("a partial success counts and names what was refused", () => {
    expect(decode("ExportResponse", encodeExportResponse("traces", SOME, "protobuf"))).toEqual({
      partialSuccess: { rejected: "2", errorMessage: "Refused: start time is missing (2)" },
    });
    expect(parse(encodeExportResponse("logs", SOME, "json"))).toEqual({
      partialSuccess: { rejectedLogRecords: "2", errorMessage: "Refused: start time is missing (2)" },
    });
  });
});

describe("google.rpc.Status", () => {
  test("code and message", () => {
    const status = { code: RPC_CODES.invalidArgument, message: "bad" };
    expect(decode("RpcStatus", encodeStatus(status, "protobuf"))).toEqual({ code: 3, message: "bad" });
    expect(parse(encodeStatus(status, "json"))).toEqual({ code: 3, message: "bad" });
  });

  test("a retryable one says when", () => {
    const status = { code: RPC_CODES.unavailable, message: "busy", retryAfterSeconds: 2 };
    const decoded = decode("RpcStatus", encodeStatus(status, "protobuf"));
    expect(decoded).toMatchObject({
      code: 14,
      details: [{ typeUrl: "type.googleapis.com/google.rpc.RetryInfo" }],
    });
    const [detail] = Array.isArray(decoded["details"]) ? decoded["details"] : [];
    expect(decode("RetryInfo", Buffer.from(detail.value, "base64"))).toEqual({
      retryDelay: { seconds: "2" },
    });
    expect(parse(encodeStatus(status, "json"))).toMatchObject({ details: [{ retryDelay: "2s" }] });
  });
});
