import type { Omission } from "../model/answer.ts";
import { EVALUATION_TAG } from "../model/evaluation-tag.ts";
import type { Filter } from "../model/filter.ts";
import type { TraceStore } from "../store/store.ts";

/** Beyond so many the store counts, or it stays at "at least". */
const COUNTED = 200;

export interface RealUse {
  readonly filter: Filter;
  /** The runs of evaluations that match and are left out. */
  readonly omitted: readonly Omission[];
}

const isOfEvaluation = (op: "is null" | "is not null"): Filter => ({
  type: "compare",
  field: { name: "tag", key: EVALUATION_TAG },
  op,
  values: [],
});

const both = (filter: Filter, other: Filter): Filter =>
  filter.type === "all" ? other : { type: "and", terms: [filter, other] };

/** Whoever names evaluations, a trace or a session says itself which are meant. */
function saysWhich(filter: Filter): boolean {
  switch (filter.type) {
    case "all":
    case "span":
      return false;
    case "and":
    case "or":
      return filter.terms.some(saysWhich);
    case "not":
      return saysWhich(filter.term);
    case "compare":
      return (
        filter.field.key === EVALUATION_TAG ||
        filter.field.name === "trace" ||
        filter.field.name === "session"
      );
  }
}

/**
 * A filter without the runs of evaluations, and how many these are: what went wrong in real use is no question about
 * tests. A filter that names `evaluation`, `trace` or `session` stays as it is.
 */
export async function realUse(
  traces: TraceStore,
  projectId: string,
  filter: Filter,
  level: "trace" | "session",
): Promise<RealUse> {
  if (saysWhich(filter)) return { filter, omitted: [] };
  const query = {
    projectId,
    filter: both(filter, isOfEvaluation("is not null")),
    order: "newest" as const,
    limit: COUNTED,
  };
  const runs = level === "trace" ? await traces.searchTraces(query) : await traces.searchSessions(query);
  if (runs.items.length === 0) return { filter, omitted: [] };
  const unit = `${level}s of evaluation runs`;
  const exact = runs.next === null ? runs.items.length : runs.total;
  return {
    filter: both(filter, isOfEvaluation("is null")),
    omitted: [
      {
        kind: exact === null ? `${unit} (at least)` : unit,
        count: exact ?? runs.items.length,
        how: 'Tests, so left out. The filter `evaluation is not null` has them, `evaluation = "ev-..."` one evaluation\'s.',
      },
    ],
  };
}
