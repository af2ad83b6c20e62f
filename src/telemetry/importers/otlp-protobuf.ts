import { AppError } from "../../errors.ts";
import { decodeLogsRequest, decodeTraceRequest } from "../otlp/decode.ts";
import type { ImportBatch, Importer, Output, Source } from "./contract.ts";
import { countRejected } from "./otlp.ts";
import { readFrames } from "./protobuf-frames.ts";

/** Field 1 (resource_spans or resource_logs), length-delimited: the first byte of every request. */
const REQUEST_TAG = 0x0a;

/**
 * OTLP protobuf: one ExportTraceServiceRequest or ExportLogsServiceRequest, or frames of them, each after its
 * length as a varint or as four bytes, most significant first (the collector's file exporter).
 */
export const otlpProtobufImporter: Importer = {
  format: "otlp-protobuf",
  detect(sample) {
    const { bytes } = sample;
    if (bytes.length < 4) return false;
    if (bytes[0] === REQUEST_TAG) return sample.values.length === 0;
    const afterVarint = bytes.findIndex((byte) => byte < 0x80) + 1;
    return (
      sample.text === null &&
      (bytes[4] === REQUEST_TAG || (afterVarint <= 5 && bytes[afterVarint] === REQUEST_TAG))
    );
  },
  read: readProtobuf,
};

async function readProtobuf(source: Source, output: Output): Promise<void> {
  let taken = 0;
  for await (const frame of readFrames(source.bytes())) {
    if (frame === null) {
      output.skip("a request longer than 256 MB, or bytes that are no request");
      continue;
    }
    const items = decode(frame, output);
    if (items === null) output.skip("bytes that are no OTLP request");
    else {
      taken++;
      await output.emit(items, frame.length);
    }
  }
  if (taken === 0) output.skip("no OTLP request could be read");
}

/** The bytes do not say whether they hold spans or log records: what yields valid ids is right. */
function decode(frame: Buffer, output: Output): Partial<ImportBatch> | null {
  try {
    const { spans, rejected } = decodeTraceRequest(frame, "protobuf");
    if (spans.length > 0 || rejected.count === 0) {
      countRejected(rejected, undefined, output);
      return { raw: spans };
    }
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
  }
  try {
    const { logs, rejected } = decodeLogsRequest(frame, "protobuf");
    countRejected(rejected, undefined, output);
    return { logs };
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    return null;
  }
}
