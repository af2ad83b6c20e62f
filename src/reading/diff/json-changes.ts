import { canonicalJson } from "../../canonical.ts";
import { isJsonObject, type Json } from "../../model/json.ts";

/** One difference of two values, at its place; undefined: it is not there. */
export interface JsonChange {
  /** `order.items[0].sku`; empty: the value itself. */
  readonly path: string;
  readonly from: Json | undefined;
  readonly to: Json | undefined;
}

const MAX_DEPTH = 40;
const PLAIN_KEY = /^[\p{L}_$][\p{L}\p{N}_$-]*$/u;

const below = (path: string, key: string): string =>
  PLAIN_KEY.test(key) ? (path === "" ? key : `${path}.${key}`) : `${path}[${JSON.stringify(key)}]`;

const same = (a: Json | undefined, b: Json | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b));

/** Where two values differ, by the innermost path: keys of objects, places of lists of any length. */
export function jsonChanges(a: Json | undefined, b: Json | undefined, path = "", depth = 0): JsonChange[] {
  if (same(a, b)) return [];
  if (depth < MAX_DEPTH && a !== undefined && b !== undefined) {
    if (isJsonObject(a) && isJsonObject(b)) {
      const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
      const at = (value: typeof a, key: string) => (Object.hasOwn(value, key) ? value[key] : undefined);
      return [...keys].flatMap((key) => jsonChanges(at(a, key), at(b, key), below(path, key), depth + 1));
    }
    if (Array.isArray(a) && Array.isArray(b))
      return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => i).flatMap((i) =>
        jsonChanges(a[i], b[i], `${path}[${i}]`, depth + 1),
      );
  }
  return [{ path, from: a, to: b }];
}
