import { isJsonObject, type Json } from "../../model/json.ts";
import { type Assertion, type Mapped, type Mappers, negation, problem, stemOf } from "./checks.ts";
import { asNumber, asObject, asText, asTexts } from "./fields.ts";

const NO_TEXT = "without a text as value";

/** `a, b` as a list, as CSV files write it; a comma inside of quotes divides nothing. */
const separated = (text: string): readonly string[] =>
  (text.match(/".*?"|[^,]+/g) ?? []).map((one) => one.trim().replaceAll(/^"|"$/g, "")).filter(Boolean);

function containing(assertion: Assertion, ignoreCase: boolean, match: "one" | "all" | "any"): Mapped {
  const { value, negated } = assertion;
  const values =
    match !== "one" && typeof value === "string"
      ? separated(value)
      : match === "one" && Array.isArray(value)
        ? undefined
        : asTexts(value);
  if (!values || values.length === 0 || values.includes("")) return problem(NO_TEXT);
  const stem = ignoreCase ? "icontains" : "contains";
  const params = ignoreCase ? { ignoreCase } : {};
  const check = { builtin: "contains", value: Array.from(values), param: "values" };
  // None of the texts may be there; what "not all" allows is a judge turned around.
  if (negated && match === "all")
    return { ...check, stem: `not_${stem}_all`, params: { ...params, match: "all" }, negate: true };
  if (negated) return { ...check, stem: `not_${stem}`, params: { ...params, match: "none" }, merges: true };
  if (match === "any") return { ...check, stem: `${stem}_any`, params: { ...params, match: "any" } };
  return { ...check, stem, params: { ...params, match: "all" }, merges: true };
}

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return pattern.length <= 2_000 && pattern !== "";
  } catch {
    return false;
  }
}

function matching(assertion: Assertion, stem: string, pattern: (text: string) => string): Mapped {
  const text = asText(assertion.value);
  const value = text === undefined ? undefined : pattern(text);
  if (value === undefined || !isPattern(value))
    return problem("whose value is no pattern of at most 2000 characters");
  return { stem: stemOf(assertion, stem), builtin: "regex", ...negation(assertion), value, param: "pattern" };
}

function measured(
  assertion: Assertion,
  stem: string,
  builtin: string,
  params: Record<string, Json>,
  threshold?: number,
): Mapped {
  const values = asTexts(assertion.value);
  if (!values) return problem(NO_TEXT);
  const limit = threshold === undefined ? {} : { threshold };
  const value = values.length === 1 ? (values[0] ?? "") : [...values];
  return {
    ...{ stem: stemOf(assertion, stem), builtin, params, ...limit, ...negation(assertion) },
    ...{ value, param: "expected" },
  };
}

function sized(assertion: Assertion, stem: string, unit: string): Mapped {
  const { value } = assertion;
  const exact = asNumber(typeof value === "string" ? Number(value) : value);
  const { min, max } = asObject(value);
  const limits =
    exact !== undefined && Number.isInteger(exact)
      ? { min: exact, max: exact }
      : {
          ...(Number.isInteger(min) && min !== undefined ? { min } : {}),
          ...(Number.isInteger(max) && max !== undefined ? { max } : {}),
        };
  if (Object.keys(limits).length === 0) return problem("without a number, min or max");
  return {
    stem: stemOf(assertion, stem),
    builtin: "length",
    params: { unit, ...limits },
    ...negation(assertion),
  };
}

function json(assertion: Assertion, stem: string, anywhere: boolean): Mapped {
  const { value } = assertion;
  const params = anywhere ? { anywhere } : {};
  const common = { stem: stemOf(assertion, stem), params, ...negation(assertion) };
  if (value === undefined || value === null || value === "") return { ...common, builtin: "json_valid" };
  if (!isJsonObject(value)) return problem("whose schema is no object");
  return { ...common, builtin: "json_schema", value, param: "schema" };
}

function limited(assertion: Assertion, builtin: string): Mapped {
  const { threshold } = assertion;
  if (threshold === undefined && assertion.negated) return problem("negated without a threshold");
  return {
    stem: stemOf(assertion, builtin),
    builtin,
    ...(threshold === undefined ? {} : { threshold }),
    ...negation(assertion),
  };
}

/** Assertions about the text, its size, its time and its price. */
export const textChecks: Mappers = {
  equals: (assertion) =>
    assertion.value === undefined
      ? problem("without a value")
      : {
          stem: stemOf(assertion, "exact_match"),
          builtin: "exact_match",
          ...negation(assertion),
          value: assertion.value,
          param: "expected",
        },
  contains: (assertion) => containing(assertion, false, "one"),
  icontains: (assertion) => containing(assertion, true, "one"),
  "contains-all": (assertion) => containing(assertion, false, "all"),
  "icontains-all": (assertion) => containing(assertion, true, "all"),
  "contains-any": (assertion) => containing(assertion, false, "any"),
  "icontains-any": (assertion) => containing(assertion, true, "any"),
  "starts-with": (assertion) => matching(assertion, "starts_with", (text) => `^${literal(text)}`),
  "ends-with": (assertion) => matching(assertion, "ends_with", (text) => `${literal(text)}$`),
  regex: (assertion) => matching(assertion, "regex", (text) => text),
  "is-json": (assertion) => json(assertion, "is_json", false),
  "contains-json": (assertion) => json(assertion, "contains_json", true),
  levenshtein: (assertion) =>
    measured(assertion, "levenshtein", "string_distance", {
      maxEdits: Math.max(0, Math.floor(assertion.threshold ?? 5)),
    }),
  "rouge-n": (assertion) =>
    measured(assertion, "rouge_n", "rouge", { variant: "1" }, assertion.threshold ?? 0.75),
  "rouge-l": (assertion) =>
    measured(assertion, "rouge_l", "rouge", { variant: "L" }, assertion.threshold ?? 0.75),
  bleu: (assertion) => measured(assertion, "bleu", "bleu", { ignoreCase: true }, assertion.threshold ?? 0.5),
  "word-count": (assertion) => sized(assertion, "word_count", "words"),
  "character-count": (assertion) => sized(assertion, "character_count", "characters"),
  latency: (assertion) => limited(assertion, "latency"),
  cost: (assertion) => limited(assertion, "cost"),
  "is-refusal": (assertion) => ({
    stem: assertion.negated ? "no_refusal" : "refusal",
    builtin: "no_refusal",
    ...(assertion.negated ? {} : { negate: true }),
  }),
};
