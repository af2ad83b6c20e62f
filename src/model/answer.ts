import type { Json, JsonObject } from "./json.ts";

/** Something that exists and is not in the answer: `kind` counted, and the call that shows it. */
export interface Omission {
  /** What was left out, in the unit counted: `spans`, `rows`, `characters of output`. */
  readonly kind: string;
  readonly count: number;
  /** How to get it, in words of ours. */
  readonly how: string;
}

/** A complete call that the reader may make next. */
export interface NextCall {
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly why: string;
}

/**
 * What every read answers, before it is rendered. `data` holds numbers, ids and words of our own schema;
 * whatever came from a trace, a dataset, feedback or a model is in `untrusted` and nowhere else.
 */
export interface Answer {
  readonly data: JsonObject;
  readonly untrusted?: JsonObject | undefined;
  readonly page?:
    | { readonly returned: number; readonly total: number | null; readonly next: string | null }
    | undefined;
  readonly omitted?: readonly Omission[] | undefined;
  readonly next?: readonly NextCall[] | undefined;
}

/** Rows as compact columns: the names once, then arrays. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Json[])[];
}
