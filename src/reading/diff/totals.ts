import type { Json, JsonObject } from "../../model/json.ts";
import type { Totals, TraceSummary } from "../../model/trace.ts";

const sum = (traces: readonly TraceSummary[], of: (trace: TraceSummary) => number | null): number | null => {
  const known = traces.flatMap((trace) => of(trace) ?? []);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
};

const total =
  (key: keyof Totals) =>
  ({ totals }: TraceSummary): number | null =>
    totals[key];

const MEASURES: readonly (readonly [name: string, of: (trace: TraceSummary) => number | null])[] = [
  ["seconds", ({ startUs, endUs }) => (endUs === null ? null : (endUs - startUs) / 1_000_000)],
  ["costUsd", total("costUsd")],
  ["inputTokens", total("inputTokens")],
  ["outputTokens", total("outputTokens")],
  ["llmCalls", total("llmCalls")],
  ["toolCalls", total("toolCalls")],
  ["errors", total("errors")],
];

const short = (value: number): number => Number(value.toPrecision(6));

/** What both took and by how much they differ; unknown where either is. */
export function deltasOf(a: readonly TraceSummary[], b: readonly TraceSummary[]): JsonObject {
  return {
    columns: ["measure", "first", "second", "difference"],
    rows: MEASURES.flatMap(([name, of]): Json[][] => {
      const [first, second] = [sum(a, of), sum(b, of)];
      if (first === null && second === null) return [];
      const known = first !== null && second !== null;
      return [
        [
          name,
          first === null ? null : short(first),
          second === null ? null : short(second),
          known ? short(second - first) : null,
        ],
      ];
    }),
  };
}
