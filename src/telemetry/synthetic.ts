import { createHash } from "node:crypto";
import { ABSENT, NO_CONTENT, type Span, type SpanContent } from "../model/span.ts";

const digest = (parts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex");

/**
 * Ids for what has none in its source: hashes of what identifies it there, so that reading the same source again
 * gives the same ids and changes nothing.
 */
export const traceIdOf = (...parts: readonly string[]): string => digest(parts).slice(0, 32);
export const spanIdOf = (...parts: readonly string[]): string => digest(parts).slice(0, 16);
export const recordIdOf = (...parts: readonly string[]): string => digest(parts).slice(0, 32);

const HEX_TRACE = /^[0-9a-f]{32}$/;
const HEX_SPAN = /^[0-9a-f]{16}$/;

/** The source's own trace id (hex, or a UUID with its dashes) when it is one, else its hash within `scope`. */
export function traceIdFrom(scope: string, id: string): string {
  const plain = id.toLowerCase().replaceAll("-", "");
  return HEX_TRACE.test(plain) && !/^0+$/.test(plain) ? plain : traceIdOf(scope, id);
}

export function spanIdFrom(scope: string, id: string): string {
  const plain = id.toLowerCase();
  return HEX_SPAN.test(plain) && !/^0+$/.test(plain) ? plain : spanIdOf(scope, id);
}

type Required = Pick<Span, "traceId" | "spanId" | "name" | "kind" | "startUs">;
type Optional = Partial<Omit<Span, keyof Required | "content" | "source">>;

export interface SpanFields extends Required, Optional {
  readonly content?: Partial<SpanContent>;
  readonly source?: Partial<Span["source"]>;
}

/** A canonical span of the fields that a source gives; the rest is absent. */
export function syntheticSpan(fields: SpanFields): Span {
  return {
    ...ABSENT,
    endUs: null,
    ...fields,
    content: { ...NO_CONTENT, ...fields.content },
    source: { attributes: {}, resource: {}, events: [], links: [], ...fields.source },
  };
}
