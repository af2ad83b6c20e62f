import { AssessmentSource } from "../model/assessment.ts";
import type { Comparison, FieldRef, Filter, FilterValue } from "../model/filter.ts";
import { nearMatch } from "../near-match.ts";
import { COMPARISONS, type Field, type FieldLevel } from "./field-types.ts";
import { filterError, quoted } from "./filter-error.ts";
import type { Token } from "./lexer.ts";
import { parseValue, type RawValue } from "./parse-value.ts";
import { resolveField } from "./resolve-field.ts";
import { parseTime } from "./time-value.ts";
import { isWord, type TokenReader } from "./token-reader.ts";

const MAX_VALUES = 200;

const KEYWORDS: ReadonlySet<string> = new Set(["and", "or", "not", "in", "is", "null"]);

const SOURCES: readonly string[] = AssessmentSource.options;

function takeValue(tokens: TokenReader, example: string): RawValue {
  const token = tokens.next();
  if (token.type === "word" || token.type === "string")
    return { text: token.text, quoted: token.type === "string", at: token.at };
  const found = token.type === "end" ? "the end" : quoted(token.text);
  throw filterError(token.at, `expected a value, not ${found}`, `Example: ${example}`);
}

/** `since 24h` is `start >= ...`, `until 2h` is `start < ...`. */
export function parseSince(tokens: TokenReader, nowUs: number): Filter {
  const keyword = tokens.next().text.toLowerCase();
  if (tokens.peek().type === "operator" && tokens.peek().text === "=") tokens.next();
  const raw = takeValue(tokens, `${keyword} 24h`);
  const us = parseTime(raw.text, nowUs);
  if (us === undefined)
    throw filterError(
      raw.at,
      `${quoted(raw.text)} is not a time`,
      `Examples: ${keyword} 24h, ${keyword} yesterday, ${keyword} 2026-01-31T09:30Z`,
    );
  return { type: "compare", field: { name: "start" }, op: keyword === "since" ? ">=" : "<", values: [us] };
}

/** The `(source: human)` after a feedback name. */
function takeSource(tokens: TokenReader, field: Field): string | undefined {
  if (field.type !== "scalar" || tokens.peek().type !== "(") return undefined;
  const open = tokens.next();
  const label = tokens.next();
  const joined = /^source:(.*)$/i.exec(label.text)?.[1];
  const separated = isWord(label, "source") && tokens.next().text === "=";
  const value = joined === undefined || joined === "" ? tokens.next() : { text: joined, at: label.at };
  const source = value.text.toLowerCase();
  const close = tokens.next();
  if ((joined !== undefined || separated) && close.type === ")" && SOURCES.includes(source)) return source;
  const near = nearMatch(source, SOURCES);
  throw filterError(
    open.at,
    "expected (source: ...) with who said it",
    `${near ? `Did you mean ${near}? ` : ""}Sources: ${SOURCES.join(", ")}. Example: feedback.rating(source: human) < 3`,
  );
}

interface Operator {
  readonly op: Comparison;
  readonly negated: boolean;
}

function takeOperator(tokens: TokenReader, field: Field, written: Token): Operator {
  const token = tokens.next();
  const negated = isWord(token, "not");
  const word = negated ? tokens.next() : token;
  const after = tokens.peek();
  if (isWord(word, "in")) return { op: "in", negated };
  if (!negated && isWord(word, "is")) {
    const not = isWord(after, "not");
    if (not) tokens.next();
    if (isWord(tokens.next(), "null")) return { op: not ? "is not null" : "is null", negated: false };
  }
  const op = token.type === "operator" ? COMPARISONS_BY_TEXT.get(token.text) : undefined;
  if (op) return { op, negated: false };
  throw filterError(
    token.at,
    `expected a comparison after ${quoted(written.text)}`,
    `One of ${COMPARISONS[field.type].join(", ")}. Example: ${field.example}`,
  );
}

const COMPARISONS_BY_TEXT: ReadonlyMap<string, Comparison> = new Map(
  COMPARISONS.scalar.map((comparison) => [comparison, comparison]),
);

function takeList(tokens: TokenReader, field: Field, example: string): readonly RawValue[] {
  const open = tokens.next();
  const wrong = (token: Token) =>
    filterError(token.at, "in needs values in parentheses, with commas between", `Example: ${example}`);
  if (open.type !== "(") throw wrong(open);
  const values: RawValue[] = [];
  for (;;) {
    values.push(takeValue(tokens, example));
    const token = tokens.next();
    if (token.type === ")") return values;
    if (token.type !== ",") throw wrong(token);
    if (values.length >= MAX_VALUES)
      throw filterError(
        token.at,
        `more than ${MAX_VALUES} values in one list`,
        `Split it: ${field.name} in (...) OR ${field.name} in (...)`,
      );
  }
}

function takeValues(
  tokens: TokenReader,
  field: Field,
  op: Comparison,
  nowUs: number,
): readonly FilterValue[] {
  if (op === "is null" || op === "is not null") return [];
  const ordered = op === "<" || op === "<=" || op === ">" || op === ">=";
  const list = field.example.replace(/ [=<>~]+ (.*)$/, " in ($1)");
  const raws = op === "in" ? takeList(tokens, field, list) : [takeValue(tokens, field.example)];
  return raws.map((raw) => {
    // A substring is text, even where it has only digits.
    if (op === "~" && field.type !== "search") return raw.text;
    return parseValue(raw, field, ordered, nowUs);
  });
}

/** One condition: a field, a comparison and what the comparison needs. */
export function parseComparison(tokens: TokenReader, level: FieldLevel, nowUs: number): Filter {
  const token = tokens.next();
  if ((token.type !== "word" && token.type !== "keyed") || KEYWORDS.has(token.text.toLowerCase())) {
    const found = token.type === "end" ? "the end" : quoted(token.text);
    throw filterError(
      token.at,
      `expected a condition, not ${found}`,
      'Examples: status = error, duration > 10s, text ~ "refund"',
    );
  }
  const { field, ref } = resolveField(token, level);
  const source = takeSource(tokens, field);
  const at = tokens.peek().at;
  const { op, negated } = takeOperator(tokens, field, token);
  const allowed = COMPARISONS[field.type];
  if (!allowed.includes(op))
    throw filterError(
      at,
      `${field.name} cannot be compared with ${op}`,
      `It takes ${allowed.join(", ")}. Example: ${field.example}`,
    );
  const values = takeValues(tokens, field, op, nowUs);
  const named: FieldRef = source === undefined ? ref : { ...ref, source };
  const compare: Filter = { type: "compare", field: named, op, values };
  return negated ? { type: "not", term: compare } : compare;
}
