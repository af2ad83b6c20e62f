import protobuf from "protobufjs/minimal.js";
import { AppError } from "../../errors.ts";

export type Reader = protobuf.Reader;

export const createReader = (body: Uint8Array): Reader =>
  protobuf.Reader.create(Buffer.from(body.buffer, body.byteOffset, body.byteLength));

export const malformed = (cause?: unknown): AppError =>
  new AppError("invalid_input", "The body is not a valid OTLP protobuf message", {
    hint: "Check Content-Type and Content-Encoding, and that the whole message was sent.",
    cause,
  });

/**
 * Reads fields up to `end`. `onField` gets the tag (field number * 8 + wire type) and returns false for fields
 * that it does not know, which are skipped as the protobuf rules want.
 */
export function readFields(reader: Reader, end: number, onField: (tag: number) => boolean): void {
  while (reader.pos < end) {
    const tag = reader.tag();
    if (!onField(tag)) reader.skipType(tag & 7, 0, tag >>> 3);
  }
  if (reader.pos !== end) throw malformed();
}

/** Reads the length of a nested message and returns where it ends. */
export function messageEnd(reader: Reader): number {
  const length = reader.size();
  const end = reader.pos + length;
  if (end > reader.len) throw malformed();
  return end;
}

/** Reads an unsigned little-endian 64-bit field. */
export function readFixed64(reader: Reader): bigint {
  const low = reader.fixed32();
  return (BigInt(reader.fixed32()) << 32n) | BigInt(low);
}

/** The tags of the message that ends at `end`, without reading it: `pos` stays where it is. */
export function peekTags(reader: Reader, end: number): ReadonlySet<number> {
  const start = reader.pos;
  const tags = new Set<number>();
  readFields(reader, end, (tag) => {
    tags.add(tag);
    return false;
  });
  reader.pos = start;
  return tags;
}
