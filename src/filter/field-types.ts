import type { Comparison, FieldRef } from "../model/filter.ts";

/** Where a condition stands: on a trace, on a session, or on one span inside `span(...)`. */
export type FieldLevel = "trace" | "session" | "span";

/**
 * - `text`: any words; `~` is a case-insensitive substring
 * - `excerpt`: the beginning of a longer text; only `~` and the null tests
 * - `search`: full-text search; only `~`
 * - `id`: hex digits of a trace id, whole or a beginning of at least 6
 * - `enum`: one of `values`
 * - `tag`: text, and a number where it is compared as one
 * - `scalar`: what feedback may be: boolean, number or text
 */
export type FieldType =
  | "text"
  | "excerpt"
  | "search"
  | "id"
  | "enum"
  | "number"
  | "money"
  | "duration"
  | "time"
  | "tag"
  | "scalar";

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly levels: readonly FieldLevel[];
  readonly description: string;
  /** The only values of an `enum`. */
  readonly values?: readonly string[];
  /** An open family: the name is followed by a dot and a key. */
  readonly family?: boolean;
  /** Other names that are read as this one. */
  readonly aliases?: readonly string[];
  /** Another field of the syntax tree that it stands for. */
  readonly standsFor?: FieldRef;
  /** A right condition, for help and errors. */
  readonly example: string;
}

export const EVERYWHERE: readonly FieldLevel[] = ["trace", "session", "span"];
export const ROWS: readonly FieldLevel[] = ["trace", "session"];
export const SPAN: readonly FieldLevel[] = ["span"];

const NULLS: readonly Comparison[] = ["is null", "is not null"];
const EQUAL: readonly Comparison[] = ["=", "!=", "in"];
const ORDER: readonly Comparison[] = ["<", "<=", ">", ">="];

/** The comparisons that a type allows. */
export const COMPARISONS: Readonly<Record<FieldType, readonly Comparison[]>> = {
  text: [...EQUAL, "~", ...NULLS],
  excerpt: ["~", ...NULLS],
  search: ["~"],
  id: EQUAL,
  enum: [...EQUAL, ...NULLS],
  number: [...EQUAL, ...ORDER, ...NULLS],
  money: [...EQUAL, ...ORDER, ...NULLS],
  duration: [...EQUAL, ...ORDER, ...NULLS],
  time: [...EQUAL, ...ORDER, ...NULLS],
  tag: [...EQUAL, ...ORDER, "~", ...NULLS],
  scalar: [...EQUAL, ...ORDER, "~", ...NULLS],
};
