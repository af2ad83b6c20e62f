import type { JsonObject } from "../../model/json.ts";
import { emptyObject } from "./any-value.ts";
import { createReader, messageEnd, type Reader, readFields } from "./protobuf-reader.ts";
import { readResource, readScope } from "./protobuf-value.ts";

export interface Origin {
  readonly resource: JsonObject;
  readonly scope: { readonly name: string; readonly version: string };
}

/**
 * Walks an export request of any signal: they share their outer shape (resource entries 1, of which the
 * resource is 1 and the scope groups 2, of which the scope is 1 and the items 2). The resource may follow its
 * items on the wire, so that each level is read twice: first what items refer to, then the items.
 */
export function readExportRequest(
  body: Uint8Array,
  readItem: (reader: Reader, origin: Origin) => void,
): void {
  const reader = createReader(body);
  forEachMessage(reader, reader.len, 10, () => {
    const end = messageEnd(reader);
    const resource = readOne(reader, end, readResource) ?? emptyObject();
    forEachMessage(reader, end, 18, () => {
      const scopeEnd = messageEnd(reader);
      const scope = readOne(reader, scopeEnd, readScope) ?? { name: "", version: "" };
      const origin = { resource, scope };
      forEachMessage(reader, scopeEnd, 18, () => readItem(reader, origin));
    });
  });
}

function forEachMessage(reader: Reader, end: number, wanted: number, read: () => void): void {
  readFields(reader, end, (tag) => {
    if (tag !== wanted) return false;
    read();
    return true;
  });
}

/** Reads field 1 of the message that ends at `end` and returns to where it was. */
function readOne<T>(reader: Reader, end: number, read: (reader: Reader) => T): T | null {
  const start = reader.pos;
  let value: T | null = null;
  forEachMessage(reader, end, 10, () => {
    value = read(reader);
  });
  reader.pos = start;
  return value;
}
