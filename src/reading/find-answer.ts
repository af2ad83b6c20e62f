import type { Answer, Omission } from "../model/answer.ts";
import type { Json } from "../model/json.ts";
import { LEAST_BUDGET, sizeOf } from "./budget.ts";
import { shortId } from "./short.ts";

/** A place with hits: a field of the span in which the content first occurs. */
export interface Place {
  readonly traceId: string;
  readonly spanId: string;
  readonly field: string;
  readonly count: number;
  readonly contexts: readonly string[];
}

export interface Findings {
  readonly places: readonly Place[];
  readonly searched: number;
}

interface Scope {
  readonly ids: Readonly<Record<string, Json>>;
  readonly isSession: boolean;
  readonly budget: number;
}

const rowOf = (place: Place, isSession: boolean): Json[] => [
  ...(isSession ? [shortId(place.traceId)] : []),
  shortId(place.spanId),
  place.field,
  place.count,
  place.contexts.join(" ¦ "),
];

const hitsIn = (places: readonly Place[]): number => places.reduce((sum, { count }) => sum + count, 0);

function omissions(places: readonly Place[], shown: number): Omission[] {
  const rows = places.slice(0, shown);
  const inRows = rows.reduce((sum, { count, contexts }) => sum + count - contexts.length, 0);
  const outside = hitsIn(places) - hitsIn(rows);
  return [
    ...(shown < places.length
      ? [{ kind: "rows", count: places.length - shown, how: "a narrower pattern, or more maxTokens" }]
      : []),
    ...(outside > 0 ? [{ kind: "hits in rows left out", count: outside, how: "as above" }] : []),
    ...(inRows > 0
      ? [{ kind: "hits in the rows shown", count: inRows, how: "get_trace with spanId and field" }]
      : []),
  ];
}

function build({ places, searched }: Findings, { ids, isSession }: Scope, rows: Json[][]): Answer {
  const byField = new Map<string, number>();
  for (const place of places) byField.set(place.field, (byField.get(place.field) ?? 0) + place.count);
  const omitted = omissions(places, rows.length);
  const columns = [...(isSession ? ["trace"] : []), "span", "field", "hits", "where"];
  return {
    data: {
      ...ids,
      hits: hitsIn(places),
      places: places.length,
      byField: Object.fromEntries(byField),
      searched,
    },
    ...(rows.length > 0 && { untrusted: { found: { columns, rows } } }),
    ...(omitted.length > 0 && { omitted }),
  };
}

/** Characters that the columns and the counts of what is left out take besides the rows. */
const FRAME = 180;

/** The places that fit, in order; all hits are counted whether shown or not. */
export function foundAnswer(found: Findings, scope: Scope): Answer {
  const rows: Json[][] = [];
  let room = Math.max(LEAST_BUDGET, scope.budget) - JSON.stringify(build(found, scope, [])).length - FRAME;
  for (const place of found.places) {
    // Beyond the most places that are kept there are counts only.
    if (place.contexts.length === 0) break;
    const row = rowOf(place, scope.isSession);
    room -= sizeOf(row) + 1;
    if (room < 0) break;
    rows.push(row);
  }
  return build(found, scope, rows);
}
