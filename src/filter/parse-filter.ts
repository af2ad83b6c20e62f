import type { Filter } from "../model/filter.ts";
import type { FieldLevel } from "./field-types.ts";
import { filterError, quoted } from "./filter-error.ts";
import { parseComparison, parseSince } from "./parse-comparison.ts";
import { isWord, openTokens, type TokenReader } from "./token-reader.ts";

export interface FilterContext {
  /** The moment that relative times count from, in microseconds since the epoch. */
  readonly nowUs: number;
  /** What the filter selects. */
  readonly level: "trace" | "session";
}

const MAX_LENGTH = 4_000;
const MAX_DEPTH = 30;
const MAX_CONDITIONS = 200;

interface Parser {
  readonly tokens: TokenReader;
  readonly nowUs: number;
  conditions: number;
}

function deeper(parser: Parser, depth: number): number {
  if (depth < MAX_DEPTH) return depth + 1;
  throw filterError(
    parser.tokens.peek().at,
    `more than ${MAX_DEPTH} levels of parentheses and NOT`,
    "Take some of them away.",
  );
}

function parseJoined(parser: Parser, level: FieldLevel, depth: number, type: "or" | "and"): Filter {
  const term = () =>
    type === "or" ? parseJoined(parser, level, depth, "and") : parseTerm(parser, level, depth);
  const first = term();
  const terms = [first];
  while (isWord(parser.tokens.peek(), type)) {
    parser.tokens.next();
    terms.push(term());
  }
  return terms.length === 1 ? first : { type, terms };
}

function parseGroup(parser: Parser, level: FieldLevel, depth: number): Filter {
  const open = parser.tokens.next();
  const inner = parseJoined(parser, level, deeper(parser, depth), "or");
  const close = parser.tokens.next();
  if (close.type === ")") return inner;
  throw filterError(
    close.at,
    `expected AND, OR or a ) for the ( at character ${open.at + 1}`,
    "Example: (status = error OR cost > 0.05) AND since 24h",
  );
}

function parseSpan(parser: Parser, level: FieldLevel, depth: number): Filter {
  const word = parser.tokens.next();
  if (level === "span")
    throw filterError(
      word.at,
      "span(...) inside span(...)",
      'Join the conditions: span(tool = "refund" AND status = error)',
    );
  return { type: "span", where: parseGroup(parser, "span", depth) };
}

function parseTerm(parser: Parser, level: FieldLevel, depth: number): Filter {
  const { tokens } = parser;
  const token = tokens.peek();
  if (token.type === "(") return parseGroup(parser, level, depth);
  if (isWord(token, "not")) {
    tokens.next();
    return { type: "not", term: parseTerm(parser, level, deeper(parser, depth)) };
  }
  if (isWord(token, "span") && tokens.peek(1).type === "(") return parseSpan(parser, level, depth);
  parser.conditions += 1;
  if (parser.conditions > MAX_CONDITIONS)
    throw filterError(token.at, `more than ${MAX_CONDITIONS} conditions`, "Use in (...) for many values.");
  if (isWord(token, "since") || isWord(token, "until")) return parseSince(tokens, parser.nowUs);
  return parseComparison(tokens, level, parser.nowUs);
}

/**
 * Reads a filter of DESIGN section 7. Empty text is `{type: "all"}`. Relative times are resolved against `nowUs`,
 * durations become milliseconds, other names of a field become its own. Throws `invalid_input` that names the
 * position, what is allowed there and a right example.
 */
export function parseFilter(text: string, context: FilterContext): Filter {
  if (text.length > MAX_LENGTH)
    throw filterError(
      MAX_LENGTH,
      `a filter has at most ${MAX_LENGTH} characters, this one ${text.length}`,
      "Shorten it.",
    );
  const tokens = openTokens(text);
  if (tokens.peek().type === "end") return { type: "all" };
  const parser: Parser = { tokens, nowUs: context.nowUs, conditions: 0 };
  const filter = parseJoined(parser, context.level, 0, "or");
  const rest = tokens.peek();
  if (rest.type === "end") return filter;
  throw filterError(
    rest.at,
    `expected AND or OR, not ${quoted(rest.text)}`,
    "Conditions are joined by AND or OR; a value with spaces or signs goes in quotes.",
  );
}
