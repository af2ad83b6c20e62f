import type { Context } from "../context.ts";
import { firstUserText } from "../evaluation/example-text.ts";
import type { Example } from "../model/example.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { fit } from "../reading/budget.ts";
import { shortGuideline } from "./expectations.ts";
import type { NearDuplicates } from "./near-duplicates.ts";
import { recordedOutcome } from "./recorded-outcome.ts";

type Showing = Pick<Context, "store" | "project">;

const oneLine = (value: Json, max: number): string => {
  const text = (typeof value === "string" ? value : JSON.stringify(value)).replaceAll(/\s+/g, " ").trim();
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
};

/** More rows than any answer holds. */
const MOST_ROWS = 500;

/** A list of guidelines as text: each complaint without the words that all have. */
const shortened = (value: Json): Json =>
  Array.isArray(value) && value.every((one) => typeof one === "string")
    ? value.map(shortGuideline).join("; ")
    : value;

const expected = (expectations: Example["expectations"]): string =>
  Object.entries(expectations)
    .map(([name, value]) => `${name}: ${oneLine(shortened(value), 120)}`)
    .join("; ");

async function rowOf(context: Showing, example: Example): Promise<Json[]> {
  return [
    example.id,
    example.split,
    example.role,
    oneLine(firstUserText(example) ?? example.inputs, 140) +
      (example.turns.length > 0 ? ` (+${example.turns.length} turns)` : ""),
    oneLine(expected(example.expectations), 240),
    example.recorded === null ? "" : oneLine(example.recorded, 140),
    await recordedOutcome(context, example),
  ];
}

/** As many rows of examples, all of which may be seen, as the budget in characters holds. */
export async function previewRows(
  context: Showing,
  examples: readonly Example[],
  budget: number,
): Promise<{ table: JsonObject; omitted: number }> {
  const rows: Json[][] = [];
  let chars = 0;
  for (const example of examples.slice(0, MOST_ROWS)) {
    const row = await rowOf(context, example);
    chars += JSON.stringify(row).length + 1;
    rows.push(row);
    if (chars > budget) break;
  }
  const { shown } = fit(rows, budget);
  return {
    table: {
      columns: ["id", "split", "role", "asks", "expected", "recorded answer", "recorded"],
      rows: [...shown],
    },
    omitted: examples.length - shown.length,
  };
}

/**
 * Pairs of all examples: one with an example that may not be seen is counted, not named.
 * @param examples those that may be seen.
 */
export function nearDuplicateReport(
  { pairs, complete }: NearDuplicates,
  examples: readonly Example[],
): JsonObject {
  const open = new Set(examples.map(({ id }) => id));
  const named = pairs.filter(({ a, b }) => open.has(a) && open.has(b));
  return {
    [complete ? "pairs" : "pairsAtLeast"]: pairs.length,
    acrossSplits: pairs.filter(({ crossesSplits }) => crossesSplits).length,
    examples: named.slice(0, 5).map(({ a, b, similarity }) => [a, b, Math.round(similarity * 100) / 100]),
  };
}

const MOST_VALUES = 12;
const NONE = "(none)";

/** The values of a tag, the most frequent by name and the rest as one, so that every example is in a cell. */
function axisOf(examples: readonly Example[], key: string) {
  const uses = new Map<string, number>();
  for (const { tags } of examples) {
    const value = tags[key] ?? NONE;
    uses.set(value, (uses.get(value) ?? 0) + 1);
  }
  const byUse = [...uses].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([value]) => value);
  const named = byUse.length > MOST_VALUES ? byUse.slice(0, MOST_VALUES - 1) : byUse;
  const rest = byUse.length > named.length ? [`(${byUse.length - named.length} other values)`] : [];
  const isNamed = new Set(named);
  const placeOf = ({ tags }: Example): string => {
    const value = tags[key] ?? NONE;
    return isNamed.has(value) ? value : (rest[0] ?? value);
  };
  return { values: [...named.sort(), ...rest], placeOf };
}

/**
 * How invented examples spread over the two tags that most of them have: a cell a pair of values. Empty cells are what
 * nobody has thought of.
 */
export function coverageGrid(examples: readonly Example[]): JsonObject | null {
  const invented = examples.filter(({ origin }) => origin.kind === "synthetic");
  const uses = new Map<string, number>();
  for (const { tags } of invented)
    for (const key of Object.keys(tags)) uses.set(key, (uses.get(key) ?? 0) + 1);
  const [first, second] = [...uses].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([key]) => key);
  if (first === undefined) return null;
  const down = axisOf(invented, first);
  const across = second === undefined ? { values: ["all"], placeOf: () => "all" } : axisOf(invented, second);
  const cells = new Map<string, number>();
  for (const example of invented) {
    const cell = JSON.stringify([down.placeOf(example), across.placeOf(example)]);
    cells.set(cell, (cells.get(cell) ?? 0) + 1);
  }
  return {
    columns: [second === undefined ? first : `${first} \\ ${second}`, ...across.values],
    rows: down.values.map((row): Json[] => [
      row,
      ...across.values.map((column) => cells.get(JSON.stringify([row, column])) ?? 0),
    ]),
  };
}
