import type { Json, JsonObject } from "../../model/json.ts";

/** One assertion of one test, its value filled in. */
export interface Assertion {
  /** Without `not-`. */
  readonly type: string;
  readonly negated: boolean;
  readonly value: Json | undefined;
  readonly threshold: number | undefined;
  readonly vars: JsonObject;
  /** It takes the context from the output, not from a variable. */
  readonly hasContextTransform: boolean;
}

/** What a judge of ours says of an assertion. */
export interface Check {
  /** Name of the judge, unless a metric names it. */
  readonly stem: string;
  readonly builtin: string;
  readonly params?: JsonObject;
  readonly threshold?: number;
  readonly negate?: true;
  /** What this test expects; absent where the judge asks the same of all. */
  readonly value?: Json;
  /** The parameter that takes the value where all tests expect the same. */
  readonly param?: string;
  /** The judge that takes `param`, where it is another one. */
  readonly sharedBuiltin?: string;
  /** The expectation that the judge reads; without it one of its own, named by its parameter `expectation`. */
  readonly expectation?: string;
  /** Values are lists, and those of one test are one list. */
  readonly merges?: true;
}

/** A check, or why there is none. */
export type Mapped = Check | { readonly problem: string };

export const problem = (what: string): Mapped => ({ problem: what });

export const negation = ({ negated }: Assertion): Pick<Check, "negate"> => (negated ? { negate: true } : {});

export const stemOf = ({ negated }: Assertion, stem: string): string => (negated ? `not_${stem}` : stem);

/** What maps one type of assertion, under its name. */
export type Mappers = Readonly<Record<string, (assertion: Assertion) => Mapped>>;
