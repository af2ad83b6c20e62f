import { type AppError, invalidInput } from "../../../errors.ts";
import { nearMatch } from "../../../near-match.ts";
import { VIEWS, viewNamed } from "./views.ts";

/** Messages of SQLite about the running of a statement that hold no text of the data. */
const WHILE_RUNNING: readonly (readonly [pattern: RegExp, message: string, hint: string])[] = [
  [/string or blob too big/i, "A value of the query grew too big", "Use substr, or aggregate less text."],
  [/malformed JSON/i, "A value that is no JSON was read as JSON", "Test it first with json_valid(column)."],
  [/JSON path|bad JSON path/i, "A JSON path is not valid", "Write it like '$.name' or '$[0].name'."],
  [/integer overflow/i, "A sum does not fit into an integer", "Use total() or multiply by 1.0."],
  [/pattern too complex/i, "A LIKE or GLOB pattern is too long", "Use a shorter pattern."],
  [
    /out of memory|SQLITE_NOMEM/i,
    "The query needed too much memory",
    "Aggregate, or read fewer rows and columns.",
  ],
  [
    /not authorized|prohibited|unsafe use/i,
    "The statement reads something that is not offered",
    "Query the views only.",
  ],
];

/**
 * What went wrong while a statement was compiled: the engine's words, which are then made of the statement's own
 * names, with the nearest column where one is unknown.
 */
export function explainCompileError(message: string, views: readonly string[]): AppError {
  const known = WHILE_RUNNING.find(([pattern]) => pattern.test(message));
  if (known) return invalidInput(known[1], known[2]);
  const missing = /^no such column: (?:"[^"]*"\.|[^.\s]+\.)?"?([^"\s-]+)/.exec(message)?.[1];
  const words = message.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, "?").slice(0, 200);
  if (missing === undefined)
    return invalidInput(`SQL: ${words}`, "Call without a statement for the views and their columns.");
  const asked = views.flatMap((view) => viewNamed(view) ?? []);
  const columns = (asked.length > 0 ? asked : VIEWS).flatMap((view) =>
    view.columns.map((column) => column.name),
  );
  const near = nearMatch(missing, [...new Set(columns)]);
  const lists = asked.map((view) => `${view.view}: ${view.columns.map((column) => column.name).join(", ")}`);
  return invalidInput(
    `no such column: ${missing.slice(0, 80)}${near ? `; did you mean ${near}` : ""}`,
    lists.length > 0
      ? `Columns of ${lists.join(". Of ")}.`
      : "Call without a statement for the views and their columns.",
  );
}

/** What went wrong while a statement ran, in words of ours; undefined: a fault that is not the statement's. */
export function explainRunError(message: string): AppError | undefined {
  const known = WHILE_RUNNING.find(([pattern]) => pattern.test(message));
  return known && invalidInput(known[1], known[2]);
}
