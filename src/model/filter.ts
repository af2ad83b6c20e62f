/**
 * The syntax tree of the filter language. `src/filter` parses text into it and checks every field and value;
 * a store compiles it. Times are resolved to absolute microseconds and durations to milliseconds when parsed.
 */
export type Comparison = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "in" | "is null" | "is not null";

export type FilterValue = string | number | boolean;

/** A field of the catalogue in `src/filter/fields.ts`, e.g. `status`, `duration`, `tag` + key `release`. */
export interface FieldRef {
  readonly name: string;
  /** For open families: tag.KEY, feedback.KEY, expectation.KEY. */
  readonly key?: string;
  /** feedback.rating(source: human) */
  readonly source?: string;
}

export type Filter =
  | { readonly type: "all" }
  | { readonly type: "and" | "or"; readonly terms: readonly Filter[] }
  | { readonly type: "not"; readonly term: Filter }
  | {
      readonly type: "compare";
      readonly field: FieldRef;
      readonly op: Comparison;
      /** One value; several for `in`; none for the null tests. */
      readonly values: readonly FilterValue[];
    }
  /** Some one span of the trace satisfies all of `where`, whose fields are span fields. */
  | { readonly type: "span"; readonly where: Filter };
