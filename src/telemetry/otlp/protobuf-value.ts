import type { Json, JsonObject } from "../../model/json.ts";
import { forgetTextList, setTextList, type TextList } from "../../model/text-list.ts";
import { emptyObject, jsonInteger, jsonNumber, MAX_DEPTH, TOO_DEEP } from "./any-value.ts";
import { type ListMemory, MIN_LIST_BYTES } from "./list-memory.ts";
import { messageEnd, type Reader, readFields } from "./protobuf-reader.ts";

// Field numbers: opentelemetry/proto/common/v1/common.proto and resource/v1/resource.proto.

/** Reads an AnyValue whose length comes next. Bytes become base64 text. */
export function readAnyValue(reader: Reader, depth: number): Json {
  const end = messageEnd(reader);
  if (depth > MAX_DEPTH) {
    reader.pos = end;
    return TOO_DEEP;
  }
  let value: Json = null;
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === 10) value = reader.string();
    else if (tag === 16) value = reader.bool();
    else if (tag === 24) value = readInteger(reader);
    else if (tag === 33) value = jsonNumber(reader.double());
    else if (tag === 42) value = readArray(reader, depth + 1);
    else if (tag === 50) value = readKeyValueList(reader, depth + 1);
    else if (tag === 58) value = Buffer.from(reader.bytes()).toString("base64");
    else reader.skipType(tag & 7, 0, tag >>> 3);
  }
  if (reader.pos !== end) throw new RangeError("a value reaches beyond its end");
  return value;
}

/** Reads a KeyValue whose length comes next into `target`; of equal keys the last one wins. */
export function readKeyValue(reader: Reader, target: JsonObject, depth: number): void {
  let key = "";
  let value: Json = null;
  readFields(reader, messageEnd(reader), (tag) => {
    if (tag === 10) key = reader.string();
    else if (tag === 18) value = readAnyValue(reader, depth);
    else return false;
    return true;
  });
  target[key] = value;
}

/** {@link readKeyValue}, in which a text that goes on from one that was seen before is not read again. */
export function readAttribute(reader: Reader, target: JsonObject, lists: ListMemory): void {
  let key = "";
  let value: Json = null;
  let list: TextList | undefined;
  readFields(reader, messageEnd(reader), (tag) => {
    if (tag === 10) key = reader.string();
    else if (tag === 18) {
      list = readList(reader, lists);
      if (!list) value = readAnyValue(reader, 0);
    } else return false;
    return true;
  });
  if (list) setTextList(target, key, list);
  else {
    forgetTextList(target, key);
    target[key] = value;
  }
}

/** A value that is one string and known as a list; else undefined, and the reader stays before the value. */
function readList(reader: Reader, lists: ListMemory): TextList | undefined {
  const start = reader.pos;
  const end = messageEnd(reader);
  const isText = reader.pos < end && reader.tag() === 10;
  const length = isText ? reader.size() : 0;
  const from = reader.pos;
  reader.pos = end;
  const isWhole = length >= MIN_LIST_BYTES && from + length === end;
  const list = isWhole
    ? lists.read(Buffer.from(reader.buf.buffer, reader.buf.byteOffset + from, length))
    : undefined;
  if (!list) reader.pos = start;
  return list;
}

/** Resource: attributes only. */
export function readResource(reader: Reader): JsonObject {
  const attributes = emptyObject();
  readFields(reader, messageEnd(reader), (tag) => {
    if (tag !== 10) return false;
    readKeyValue(reader, attributes, 0);
    return true;
  });
  return attributes;
}

export function readScope(reader: Reader): { name: string; version: string } {
  const scope = { name: "", version: "" };
  readFields(reader, messageEnd(reader), (tag) => {
    if (tag === 10) scope.name = reader.string();
    else if (tag === 18) scope.version = reader.string();
    else return false;
    return true;
  });
  return scope;
}

function readArray(reader: Reader, depth: number): Json[] {
  const values: Json[] = [];
  readFields(reader, messageEnd(reader), (tag) => {
    if (tag !== 10) return false;
    values.push(readAnyValue(reader, depth));
    return true;
  });
  return values;
}

function readKeyValueList(reader: Reader, depth: number): JsonObject {
  const values = emptyObject();
  readFields(reader, messageEnd(reader), (tag) => {
    if (tag !== 10) return false;
    readKeyValue(reader, values, depth);
    return true;
  });
  return values;
}

function readInteger(reader: Reader): number | string {
  const { high, low } = reader.int64();
  return jsonInteger((BigInt(high) << 32n) | BigInt(low >>> 0));
}
