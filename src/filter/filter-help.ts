import type { Field, FieldLevel } from "./field-types.ts";
import { FIELDS } from "./fields.ts";

/** A field as it is written: families with the place of their key. */
const written = (field: Field): string => (field.family ? `${field.name}.KEY` : field.name);

/** Names of the fields at a level, in the catalogue's order. */
export const fieldNames = (level: FieldLevel): readonly string[] =>
  FIELDS.filter((field) => field.levels.includes(level)).map(written);

/** What can be written at a level, in under 900 characters: for errors and descriptions. */
export function filterHelp(level: "trace" | "session"): string {
  return [
    "AND, OR, NOT and parentheses join conditions: field = != < <= > >= ~ value, in (a, b), is null.",
    `Fields: ${fieldNames(level).join(", ")}.`,
    `Of one span, inside span(...): ${fieldNames("span")
      .filter((name) => !fieldNames(level).includes(name))
      .join(", ")} and most of the above.`,
    "since 24h, until 2h. Units: ms, s, m, h, d; k for thousands.",
    'E.g. status = error AND since 24h AND span(tool = "refund" AND duration > 10s)',
  ].join("\n");
}
