import { firstUserText, sameQuestion } from "../evaluation/example-text.ts";
import type { Example } from "../model/example.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { fit } from "../reading/budget.ts";
import type { NearDuplicates } from "./near-duplicates.ts";

const oneLine = (value: Json, max: number): string => {
  const text = (typeof value === "string" ? value : JSON.stringify(value)).replaceAll(/\s+/g, " ").trim();
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
};

/** Whether what was recorded fails what is expected, where that can be said without a judge. */
export function recordedFails({ recorded, expectations, role }: Example): string {
  if (recorded === null) return "";
  const answer = expectations["answer"];
  if (typeof answer === "string" && typeof recorded === "string")
    return sameQuestion(answer, recorded) ? "meets it already" : "fails";
  if (role === "failing")
    return Object.keys(expectations).length > 0 ? "complained of" : "no expectation yet";
  return "";
}

const expected = (expectations: Example["expectations"]): string =>
  Object.entries(expectations)
    .map(([name, value]) => `${name}: ${oneLine(value, 120)}`)
    .join("; ");

/** Rows of examples that may be seen; the holdout never is. */
export function previewRows(
  examples: readonly Example[],
  budget: number,
): { table: JsonObject; omitted: number } {
  const open = examples.filter(({ split }) => split !== "holdout");
  const rows = open.map((example): Json[] => [
    example.id,
    example.split,
    example.role,
    oneLine(firstUserText(example) ?? example.inputs, 140) +
      (example.turns.length > 0 ? ` (+${example.turns.length} turns)` : ""),
    oneLine(expected(example.expectations), 240),
    example.recorded === null ? "" : oneLine(example.recorded, 140),
    recordedFails(example),
  ]);
  const { shown, omitted } = fit(rows, budget);
  return {
    table: {
      columns: ["id", "split", "role", "asks", "expected", "recorded answer", "recorded"],
      rows: [...shown],
    },
    omitted,
  };
}

/** Pairs that may be seen: a pair with a holdout example is counted, not named. */
export function nearDuplicateReport(
  { pairs, complete }: NearDuplicates,
  examples: readonly Example[],
): JsonObject {
  const sealed = new Set(examples.flatMap(({ id, split }) => (split === "holdout" ? [id] : [])));
  const open = pairs.filter(({ a, b }) => !sealed.has(a) && !sealed.has(b));
  return {
    [complete ? "pairs" : "pairsAtLeast"]: pairs.length,
    acrossSplits: pairs.filter(({ crossesSplits }) => crossesSplits).length,
    examples: open.slice(0, 5).map(({ a, b, similarity }) => [a, b, Math.round(similarity * 100) / 100]),
  };
}

/**
 * How invented examples spread over the two tags that most of them have: a cell a pair of values. Empty cells are what
 * nobody has thought of.
 */
export function coverageGrid(examples: readonly Example[]): JsonObject | null {
  const invented = examples.filter(({ origin, split }) => origin.kind === "synthetic" && split !== "holdout");
  const uses = new Map<string, number>();
  for (const { tags } of invented)
    for (const key of Object.keys(tags)) uses.set(key, (uses.get(key) ?? 0) + 1);
  const [first, second] = [...uses].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([key]) => key);
  if (first === undefined) return null;
  const valuesOf = (key: string) =>
    [...new Set(invented.map(({ tags }) => tags[key] ?? "(none)"))].sort().slice(0, 12);
  const columns = second === undefined ? ["all"] : valuesOf(second);
  const rows = valuesOf(first).map((value): Json[] => [
    value,
    ...columns.map(
      (column) =>
        invented.filter(
          ({ tags }) =>
            (tags[first] ?? "(none)") === value &&
            (second === undefined || (tags[second] ?? "(none)") === column),
        ).length,
    ),
  ]);
  return {
    columns: [second === undefined ? first : `${first} \\ ${second}`, ...columns],
    rows,
  };
}
