import { z } from "zod";
import type { Json } from "../../model/json.ts";
import { codeJudge, decided, unscored } from "../code-judge.ts";
import { expectedParams, expectedValue, judgedText, judgedValue, subjectParams } from "../subject.ts";

const NUMBER =
  /(?<![\p{L}\p{N}_.])[-+\u2212]?(?:\d{1,3}(?:([,'\u00a0\u202f])\d{3})(?:\1\d{3})*|\d+)?(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\d_])/gu;

/** Turns `1.234,56` into `1,234.56`. */
const withPoint = (text: string): string => text.replace(/[.,]/g, (mark) => (mark === "," ? "." : ","));

/**
 * The numbers written in a text, in order: `1,234.5`, `-3`, `1e6`, `$12`; digits inside of words (`v2`) are none.
 * `decimalComma`: `1.234,5` is 1234.5.
 */
export function numbersIn(text: string, decimalComma = false): readonly number[] {
  const source = decimalComma ? withPoint(text) : text;
  return [...source.matchAll(NUMBER)]
    .map(([match]) => match.replace("\u2212", "-").replace(/[,'\u00a0\u202f]/g, ""))
    .filter((digits) => /\d/.test(digits))
    .map(Number)
    .filter(Number.isFinite);
}

function expectedNumbers(expected: Json): readonly number[] {
  if (Array.isArray(expected)) return expected.flatMap(expectedNumbers);
  if (typeof expected === "number") return [expected];
  return typeof expected === "string" ? numbersIn(expected).slice(-1) : [];
}

/**
 * 1 when a number of the output is within `absolute`, or within `relative` times the expected number, of what was
 * expected (as Python's math.isclose, but relative to the expected number alone). `pick` says which number of a text
 * is the answer; the last is what GSM8K's graders take. A list of expected numbers are alternatives.
 */
export const numericTolerance = codeJudge({
  name: "numeric_tolerance",
  summary: "The number in the output is the expected one within a tolerance.",
  revision: 1,
  level: "trace",
  needs: ["output"],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z.strictObject({
    ...subjectParams,
    ...expectedParams,
    absolute: z.number().min(0).default(0),
    relative: z.number().min(0).default(1e-9),
    pick: z.enum(["last", "first", "any", "only"]).default("last"),
    /** Numbers are written 1.234,5. */
    decimalComma: z.boolean().default(false),
  }),
  otherNames: { autoevals: "NumericDiff" },
  judge(item, params) {
    const expected = expectedNumbers(expectedValue(item, params) ?? null);
    if (expected.length === 0)
      return unscored("expectation_missing", `no number in expectation "${params.expectation}"`);
    const value = judgedValue(item, params.field);
    const text = judgedText(item, params.field) ?? "";
    const all = typeof value === "number" ? [value] : numbersIn(text, params.decimalComma);
    if (all.length === 0) return decided(false, "no number in the output");
    if (params.pick === "only" && all.length > 1)
      return decided(false, `${all.length} numbers in the output`);
    const picked = params.pick === "any" ? all : params.pick === "first" ? all.slice(0, 1) : all.slice(-1);
    const isNear = picked.some((got) =>
      expected.some(
        (want) => Math.abs(got - want) <= Math.max(params.absolute, params.relative * Math.abs(want)),
      ),
    );
    return decided(
      isNear,
      `got ${picked.slice(0, 5).join(", ")}; expected ${expected.slice(0, 5).join(" or ")}`,
    );
  },
});
