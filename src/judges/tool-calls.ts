import { z } from "zod";
import { canonicalJson } from "../canonical.ts";
import { isJsonObject, Json } from "../model/json.ts";
import type { JudgedItem, JudgedToolCall } from "../model/judged-item.ts";
import { parsedJson } from "./json-path.ts";

const ExpectedCall = z.strictObject({ name: z.string().min(1), arguments: Json.optional() });
export type ExpectedCall = z.infer<typeof ExpectedCall>;

/** Tool calls as an author writes them: `{name, arguments?}`, or the name alone. */
export const ExpectedCalls = z
  .array(
    z.union([
      ExpectedCall,
      z
        .string()
        .min(1)
        .transform((name): ExpectedCall => ({ name })),
    ]),
  )
  .max(1_000);

/**
 * How arguments are compared. `exact`: equal as JSON. `subset`: those expected are there, inside of objects too,
 * whatever else is. `ignored`: not at all. An expected call without arguments takes any.
 */
export const ArgumentsMode = z.enum(["exact", "subset", "ignored"]);
export type ArgumentsMode = z.infer<typeof ArgumentsMode>;

/**
 * False when nothing says whether tools were called: none is seen, and the steps of the run are unknown. A judge must
 * then not take "none seen" for "none called".
 */
export const callsObserved = (item: JudgedItem): boolean =>
  item.toolCalls.length > 0 || item.run.steps !== null;

const asJson = (value: Json): Json => (typeof value === "string" ? (parsedJson(value) ?? value) : value);

function holds(actual: Json | undefined, expected: Json): boolean {
  if (actual === undefined) return false;
  if (isJsonObject(actual) && isJsonObject(expected))
    return Object.entries(expected).every(
      ([key, inner]) => Object.hasOwn(actual, key) && holds(actual[key], inner),
    );
  return canonicalJson(actual) === canonicalJson(expected);
}

export function isExpectedCall(actual: JudgedToolCall, expected: ExpectedCall, mode: ArgumentsMode): boolean {
  if (actual.name !== expected.name) return false;
  if (mode === "ignored" || expected.arguments === undefined) return true;
  const [got, want] = [asJson(actual.arguments) ?? {}, asJson(expected.arguments) ?? {}];
  return mode === "subset" ? holds(got, want) : canonicalJson(got) === canonicalJson(want);
}

type Matches = (actual: number, expected: number) => boolean;

/** The most calls that can be paired in the order of both: length of the longest common subsequence. */
export function longestInOrder(actual: number, expected: number, matches: Matches): number {
  let above = new Array<number>(expected + 1).fill(0);
  for (let i = 0; i < actual; i += 1) {
    const here = [0];
    for (let j = 0; j < expected; j += 1)
      here.push(Math.max(above[j + 1] ?? 0, here[j] ?? 0, matches(i, j) ? (above[j] ?? 0) + 1 : 0));
    above = here;
  }
  return above[expected] ?? 0;
}

/** The most calls that can be paired in any order: largest bipartite matching by augmenting paths (Kuhn 1955). */
export function largestMatching(actual: number, expected: number, matches: Matches): number {
  const pairedWith = new Array<number>(actual).fill(-1);
  const place = (wanted: number, tried: Set<number>): boolean => {
    for (let i = 0; i < actual; i += 1) {
      if (tried.has(i) || !matches(i, wanted)) continue;
      tried.add(i);
      const other = pairedWith[i] ?? -1;
      if (other === -1 || place(other, tried)) {
        pairedWith[i] = wanted;
        return true;
      }
    }
    return false;
  };
  return Array.from({ length: expected }, (_, j) => place(j, new Set())).filter(Boolean).length;
}

/** Harmonic mean of precision and recall; 1 when nothing was expected and nothing done. */
export const f1 = (matched: number, actual: number, expected: number): number =>
  actual + expected === 0 ? 1 : (2 * matched) / (actual + expected);

const SHOWN = 8;

/** Names of calls for a rationale: `search, refund x2`. */
export function callNames(calls: readonly { readonly name: string }[]): string {
  const counts = new Map<string, number>();
  for (const { name } of calls) counts.set(name, (counts.get(name) ?? 0) + 1);
  const shown = [...counts]
    .slice(0, SHOWN)
    .map(([name, count]) => `${name.slice(0, 80)}${count > 1 ? ` x${count}` : ""}`);
  const more = counts.size - shown.length;
  return shown.length === 0 ? "none" : `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
