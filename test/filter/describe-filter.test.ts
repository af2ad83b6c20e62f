import fc from "fast-check";
import { expect, test } from "vitest";
import { describeFilter } from "../../src/filter/describe-filter.ts";
import { COMPARISONS, type Field, type FieldLevel } from "../../src/filter/field-types.ts";
import { FIELDS } from "../../src/filter/fields.ts";
import { parseFilter } from "../../src/filter/parse-filter.ts";
import { AssessmentSource } from "../../src/model/assessment.ts";
import type { Comparison, FieldRef, Filter, FilterValue } from "../../src/model/filter.ts";

const ORDERED: readonly Comparison[] = ["<", "<=", ">", ">="];
const text = fc.string({ unit: "binary", maxLength: 12 });
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const span = 253_000_000_000;

function valueFor(field: Field, op: Comparison): fc.Arbitrary<FilterValue> {
  if (op === "~") return field.type === "search" ? text.map((value) => `a${value}`) : text;
  switch (field.type) {
    case "number":
    case "money":
      return number;
    case "duration":
      return fc.double({ min: 0, max: 1e12, noNaN: true });
    case "time":
      return fc.integer({ min: -span, max: span }).map((ms) => ms * 1000 + 7);
    case "enum":
      return fc.constantFrom(...(field.values ?? []));
    case "id":
      return fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 6, maxLength: 32 });
    case "scalar":
      return ORDERED.includes(op) ? number : fc.oneof(text, number, fc.boolean());
    case "tag":
      return ORDERED.includes(op) ? number : fc.oneof(text, number);
    default:
      return text;
  }
}

function condition(level: FieldLevel): fc.Arbitrary<Filter> {
  const fields = FIELDS.filter((field) => field.levels.includes(level));
  return fc.constantFrom(...fields).chain((field) =>
    fc.constantFrom(...COMPARISONS[field.type]).chain((op) => {
      const count = op === "in" ? { minLength: 1, maxLength: 3 } : { minLength: 1, maxLength: 1 };
      const values = op.endsWith("null") ? fc.constant([]) : fc.array(valueFor(field, op), count);
      const key = field.family
        ? fc.string({ unit: "binary", minLength: 1, maxLength: 12 })
        : fc.constant(undefined);
      const source =
        field.type === "scalar"
          ? fc.option(fc.constantFrom(...AssessmentSource.options), { nil: undefined })
          : fc.constant(undefined);
      return fc.tuple(key, source, values).map(([key, source, values]): Filter => {
        const plain: FieldRef = field.standsFor ?? { name: field.name };
        const keyed: FieldRef = key === undefined ? plain : { name: field.name, key };
        return { type: "compare", field: source === undefined ? keyed : { ...keyed, source }, op, values };
      });
    }),
  );
}

function filterAt(level: FieldLevel): fc.Arbitrary<Filter> {
  const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      condition(level),
      tie("filter").map((term): Filter => ({ type: "not", term })),
      fc
        .tuple(
          fc.constantFrom("and" as const, "or" as const),
          fc.array(tie("filter"), { minLength: 2, maxLength: 3 }),
        )
        .map(([type, terms]): Filter => ({ type, terms })),
    ),
  }));
  return filter;
}

const whole = (level: "trace" | "session"): fc.Arbitrary<Filter> =>
  fc.oneof(
    filterAt(level),
    filterAt("span").map((where): Filter => ({ type: "span", where })),
    fc.tuple(filterAt(level), filterAt("span")).map(
      ([term, where]): Filter => ({
        type: "or",
        terms: [term, { type: "not", term: { type: "span", where } }],
      }),
    ),
  );

test.each(["trace", "session"] as const)("what is described is parsed as the same filter: %s", (level) => {
  fc.assert(
    fc.property(whole(level), fc.integer({ min: 0, max: 1e15 }), (filter, nowUs) => {
      const described = describeFilter(filter);
      fc.pre(described.length <= 4000);
      const parsed = parseFilter(described, { nowUs, level });
      expect(parsed).toEqual(filter);
      expect(describeFilter(parsed)).toBe(described);
    }),
    { numRuns: 500 },
  );
});

test("all is empty text", () => expect(describeFilter({ type: "all" })).toBe(""));

test("the canonical form", () => {
  const nowUs = Date.UTC(2026, 2, 15, 13, 30) * 1000;
  const canonical = (written: string) => describeFilter(parseFilter(written, { nowUs, level: "trace" }));
  expect(canonical("since 24h and (latency>10s or NOT feedback.rating(source:human)<3)")).toBe(
    "start >= 2026-03-14T13:30:00.000000Z AND (duration > 10000ms OR NOT feedback.rating(source: human) < 3)",
  );
  expect(canonical("tag.'my key' in (1, b) AND span(tool.name = refund)")).toBe(
    'tag."my key" in (1, "b") AND span(tool = "refund")',
  );
});
