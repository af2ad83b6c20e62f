import { z } from "zod";
import { canonicalJson } from "../canonical.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { parsePath, valueAt } from "./json-path.ts";
import { comparable } from "./subject.ts";

/** Parameters of judges that compare JSON values leaf by leaf. */
export const leafParams = {
  ignoreCase: z.boolean().default(false),
  /** Numbers this far apart are equal. */
  absolute: z.number().min(0).default(0),
  /** Paths that are not compared, with all below them, e.g. `updatedAt`. */
  ignore: z.array(z.string().min(1).max(200)).max(100).default([]),
};

interface LeafOptions {
  readonly ignoreCase: boolean;
  readonly absolute: number;
  readonly ignore: readonly string[];
  /** The keys of the expected object are paths, their values are leaves. */
  readonly keysArePaths?: boolean | undefined;
}

interface Leaf {
  readonly steps: readonly string[];
  readonly value: Json;
}

export interface ComparedLeaves {
  readonly equal: number;
  readonly total: number;
  /** Paths of leaves that are absent or differ. */
  readonly different: readonly string[];
}

const isBranch = (value: Json): value is JsonObject => isJsonObject(value) && Object.keys(value).length > 0;

/** Values that are no objects with keys, with the keys that lead to them. */
export function leavesOf(value: Json, steps: readonly string[] = []): readonly Leaf[] {
  if (!isBranch(value)) return [{ steps, value }];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...steps, key]));
}

function isEqual(actual: Json | undefined, expected: Json, options: LeafOptions): boolean {
  if (actual === undefined) return false;
  if (typeof actual === "number" && typeof expected === "number")
    return Math.abs(actual - expected) <= options.absolute;
  if (typeof actual === "string" && typeof expected === "string")
    return comparable(actual, options.ignoreCase) === comparable(expected, options.ignoreCase);
  return canonicalJson(actual) === canonicalJson(expected);
}

const isBelow = (steps: readonly string[], root: readonly string[]): boolean =>
  root.every((step, i) => steps[i] === step);

/** Leaves of `value` without the ignored ones. */
export function keptLeaves(value: Json, ignore: readonly string[]): readonly Leaf[] {
  const roots = ignore.flatMap((path) => [parsePath(path) ?? [path]]);
  return leavesOf(value).filter(({ steps }) => !roots.some((root) => isBelow(steps, root)));
}

/** Each expected leaf against what `actual` has in its place. */
export function compareLeaves(actual: Json, expected: JsonObject, options: LeafOptions): ComparedLeaves {
  const leaves = options.keysArePaths
    ? Object.entries(expected).map(([path, value]) => ({ steps: parsePath(path) ?? [path], value }))
    : keptLeaves(expected, options.ignore);
  const different = leaves.filter(({ steps, value }) => !isEqual(valueAt(actual, steps), value, options));
  return {
    equal: leaves.length - different.length,
    total: leaves.length,
    different: different.map(({ steps }) => steps.join(".")),
  };
}

const SHOWN = 5;

export function describeLeaves(leaves: ComparedLeaves): string {
  const shown = leaves.different.slice(0, SHOWN).map((path) => JSON.stringify(path.slice(0, 80)));
  const more = leaves.different.length - shown.length;
  return leaves.different.length === 0
    ? `all ${leaves.total} fields as expected`
    : `${leaves.equal} of ${leaves.total} fields as expected; not ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
