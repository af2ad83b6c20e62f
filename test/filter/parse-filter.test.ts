import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import { FIELDS } from "../../src/filter/fields.ts";
import { filterHelp } from "../../src/filter/filter-help.ts";
import { parseFilter } from "../../src/filter/parse-filter.ts";

const nowUs = Date.UTC(2026, 2, 15, 13, 30) * 1000;
const HOUR = 3_600_000_000;
const parse = (text: string, level: "trace" | "session" = "trace") => parseFilter(text, { nowUs, level });

function refusal(text: string, level: "trace" | "session" = "trace"): string {
  try {
    parse(text, level);
  } catch (error) {
    if (error instanceof AppError && error.code === "invalid_input") return error.describe();
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

const compare = (name: string, op: string, ...values: unknown[]) => ({
  type: "compare",
  field: { name },
  op,
  values,
});

describe("grammar", () => {
  test("AND binds closer than OR, NOT closer than AND, in any case", () => {
    expect(parse("status = error or NOT errors > 2 And spans < 3")).toEqual({
      type: "or",
      terms: [
        compare("status", "=", "error"),
        {
          type: "and",
          terms: [{ type: "not", term: compare("errors", ">", 2) }, compare("spans", "<", 3)],
        },
      ],
    });
  });

  test("parentheses group and keep their own list of terms", () => {
    expect(parse("(name = a AND name = b) AND name = c")).toEqual({
      type: "and",
      terms: [
        { type: "and", terms: [compare("name", "=", "a"), compare("name", "=", "b")] },
        compare("name", "=", "c"),
      ],
    });
  });

  test("every comparison", () => {
    expect(parse("errors >= 1")).toEqual(compare("errors", ">=", 1));
    expect(parse("errors<=1")).toEqual(compare("errors", "<=", 1));
    expect(parse("name!=x")).toEqual(compare("name", "!=", "x"));
    expect(parse("tool IN (a, 'b c')")).toEqual(compare("tool", "in", "a", "b c"));
    expect(parse("tool not in (a)")).toEqual({ type: "not", term: compare("tool", "in", "a") });
    expect(parse("user is null")).toEqual(compare("user", "is null"));
    expect(parse("user IS NOT NULL")).toEqual(compare("user", "is not null"));
  });

  test("strings in both quotes, with escapes", () => {
    expect(parse(String.raw`name = "a \"b\" \\ \n \u00e9 ' OR 1"`)).toEqual(
      compare("name", "=", 'a "b" \\ \n é \' OR 1'),
    );
    expect(parse(String.raw`name = 'it\'s "x"'`)).toEqual(compare("name", "=", 'it\'s "x"'));
  });

  test("span(...) takes fields of spans", () => {
    expect(parse('span(tool.name = "refund" AND status = error AND tool.result ~ "no")')).toEqual({
      type: "span",
      where: {
        type: "and",
        terms: [
          compare("tool", "=", "refund"),
          compare("status", "=", "error"),
          compare("tool.result", "~", "no"),
        ],
      },
    });
  });

  test("families with plain, dotted and quoted keys, and a source", () => {
    const field = (name: string, key: string) => ({ name, key });
    expect(parse("tag.service.name = x")).toMatchObject({ field: field("tag", "service.name") });
    expect(parse('tag."my \\"key" = x')).toMatchObject({ field: field("tag", 'my "key') });
    expect(parse("session.tag.reward < 1")).toMatchObject({
      field: field("session.tag", "reward"),
      values: [1],
    });
    expect(parse("tag.__proto__ = x")).toMatchObject({ field: field("tag", "__proto__") });
    for (const written of ["(source: human)", "(source:human)", "(SOURCE = human)"])
      expect(parse(`feedback.rating${written} < 3`)).toEqual({
        type: "compare",
        field: { name: "feedback", key: "rating", source: "human" },
        op: "<",
        values: [3],
      });
  });

  test("nothing selects all", () => {
    expect(parse("")).toEqual({ type: "all" });
    expect(parse(" \n\t")).toEqual({ type: "all" });
  });

  test("other names are read as the field's own", () => {
    expect(parse("latency > 1s")).toEqual(compare("duration", ">", 1000));
    expect(parse("TURNS > 8")).toEqual(compare("session.turns", ">", 8));
    expect(parse("user_id = u")).toEqual(compare("user", "=", "u"));
  });
});

describe("values", () => {
  test.each([
    ["250ms", 250],
    ["1.5s", 1500],
    ["2m", 120_000],
    ["1h", 3_600_000],
    ["3d", 259_200_000],
    ["2W", 1_209_600_000],
    ["0", 0],
  ])("duration %s", (text, ms) => expect(parse(`duration > ${text}`)).toEqual(compare("duration", ">", ms)));

  test.each([
    ["tokens > 10k", 10_000],
    ["tokens > 1.5K", 1_500],
    ["cost > $0.05", 0.05],
    ["cost = -0", 0],
  ])("%s", (text, value) => expect(parse(text)).toMatchObject({ values: [value] }));

  test("times are resolved against the given moment, in UTC", () => {
    const startOfDay = Date.UTC(2026, 2, 15) * 1000;
    expect(parse("since 24h")).toEqual(compare("start", ">=", nowUs - 24 * HOUR));
    expect(parse("since = '24h ago'")).toEqual(compare("start", ">=", nowUs - 24 * HOUR));
    expect(parse("until 2h")).toEqual(compare("start", "<", nowUs - 2 * HOUR));
    expect(parse("start > -3d")).toEqual(compare("start", ">", nowUs - 72 * HOUR));
    expect(parse("since yesterday")).toEqual(compare("start", ">=", startOfDay - 24 * HOUR));
    expect(parse("since today")).toEqual(compare("start", ">=", startOfDay));
    expect(parse("end <= now")).toEqual(compare("end", "<=", nowUs));
  });

  test.each([
    ["2026-03-01", Date.UTC(2026, 2, 1) * 1000],
    ["2026-03-01T09:30", Date.UTC(2026, 2, 1, 9, 30) * 1000],
    ["'2026-03-01 09:30:01.000002'", Date.UTC(2026, 2, 1, 9, 30, 1) * 1000 + 2],
    ["2026-03-01T09:30:00+02:00", Date.UTC(2026, 2, 1, 7, 30) * 1000],
    ["2026-03-01T09:30-0530", Date.UTC(2026, 2, 1, 15) * 1000],
  ])("ISO time %s", (text, us) => expect(parse(`start >= ${text}`)).toEqual(compare("start", ">=", us)));

  test("feedback and tags keep the type that was written", () => {
    expect(parse("feedback.thumbs = FALSE")).toMatchObject({ values: [false] });
    expect(parse('feedback.thumbs = "false"')).toMatchObject({ values: ["false"] });
    expect(parse("feedback.kind in (wrong, 3, true)")).toMatchObject({ values: ["wrong", 3, true] });
    expect(parse("tag.release = 1.4")).toMatchObject({ values: [1.4] });
    expect(parse('tag.release = "1.4"')).toMatchObject({ values: ["1.4"] });
    expect(parse("tag.beta = true")).toMatchObject({ values: ["true"] });
    expect(parse("tag.n ~ 14")).toMatchObject({ values: ["14"] });
  });
});

describe("refusals say where, what is allowed and a right example", () => {
  test("an unknown field with a near match", () => {
    const text = refusal("status = error AND duratoin > 10s");
    expect(text).toMatch(
      /^invalid_input: Filter, character 20: unknown field "duratoin"\. Did you mean duration\? Example: duration > 10s\. Fields of traces: status, /,
    );
    expect(refusal("frobnicate = 1")).toContain('text ~ "refund"');
    expect(refusal("status:error")).toContain("Did you mean status?");
    expect(refusal("constructor = 1")).toContain("unknown field");
  });

  test("other mistakes", () => {
    const texts = [
      "status = eror",
      "finding = truncated",
      "duration > 10",
      "duration > 10parsec",
      "tokens > many",
      "cost > free",
      "since 2026-02-30",
      "trace = xyz",
      'text ~ "?!"',
      "model > 3",
      "text = refund",
      "input = x",
      "status == error",
      "status <> error",
      "NOT !status = error",
      "provider = openai",
      "span(session.turns > 3)",
      "span(span(status = error))",
      "feedback.rating(source: humn) = 1",
      "feedback.rating(human) = 1",
      "tag = 3",
      "(status = error",
      "status = error)",
      "status = error since 24h",
      "status =",
      "status",
      "AND status = error",
      "tool in refund",
      "tool in (a b)",
      "tool in ()",
      'name = "open',
      String.raw`name = "\d"`,
      "user is",
    ];
    expect(texts.map((text) => `${text}\n  ${refusal(text)}`.slice(0, 330))).toMatchSnapshot();
  });

  test("limits", () => {
    expect(refusal(`name = ${"x".repeat(4000)}`)).toContain("at most 4000 characters");
    expect(refusal(`${"(".repeat(40)}status = error${")".repeat(40)}`)).toContain("levels of parentheses");
    expect(refusal(`${"NOT ".repeat(900)}status = error`)).toContain("levels of parentheses");
    expect(refusal(Array(201).fill("errors > 1").join(" OR "))).toContain("more than 200 conditions");
    expect(refusal(`errors in (${Array(201).fill("1").join(",")})`)).toContain("more than 200 values");
    expect(refusal(`tag.${"k".repeat(201)} = 1`)).toContain("200 characters");
  });

  test("control characters of the filter do not come back raw", () => {
    const text = refusal("status = \u001b[31m\u202eevil");
    expect(text).not.toMatch(/\p{C}/u);
  });
});

test("help names every field and stays short", () => {
  for (const level of ["trace", "session"] as const) {
    const help = filterHelp(level);
    expect(help.length).toBeLessThan(900);
    for (const { name, levels } of FIELDS)
      if (levels.includes(level) || levels.includes("span")) expect(help).toContain(name);
  }
});

test("each field's example is accepted at each of its levels", () => {
  for (const { example, levels } of FIELDS) {
    for (const level of levels)
      if (level === "span") parse(`span(${example})`);
      else parse(example, level);
  }
});

test("no text crashes it: a filter or invalid_input", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary", maxLength: 6 }),
    fc.constantFrom(
      ...["AND", "OR", "NOT", "(", ")", "span(", "in", "is", "null", "=", "~", "<", ",", '"', "'", "\\"],
      ...["since", "24h", "-3d", "feedback.x", "(source:", "human", "tag.", "status", "error", "0", "\u0000"],
    ),
  );
  const any = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(" "));
  fc.assert(
    fc.property(
      fc.oneof(any, fc.string({ unit: "binary" })),
      fc.constantFrom("trace", "session"),
      (text, level) => {
        try {
          expect(parse(text, level)).toHaveProperty("type");
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect(error).toMatchObject({ code: "invalid_input" });
        }
      },
    ),
    { numRuns: 600 },
  );
});
