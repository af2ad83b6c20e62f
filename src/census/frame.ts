import type { Context } from "../context.ts";
import { parseFilter } from "../filter/parse-filter.ts";
import type { Omission } from "../model/answer.ts";
import type { Filter } from "../model/filter.ts";
import { isIssueFeedback } from "../model/issue-feedback.ts";
import type { SessionSummary, TraceSummary } from "../model/trace.ts";
import { realUse } from "../reading/real-use.ts";
import { fencesOf, isFarOut, type Measures } from "./fences.ts";
import type { Fences } from "./signal.ts";

export interface FrameUnit {
  readonly id: string;
  readonly cluster: string;
  readonly stratum: StratumName;
}

/** By what a summary tells without reading a text; the first that holds. */
export const STRATA = ["bad feedback", "failed", "errors inside", "far out", "the rest"] as const;
export type StratumName = (typeof STRATA)[number];

export interface Frame {
  readonly units: readonly FrameUnit[];
  readonly matching: number | null;
  readonly fences: Fences;
  readonly omitted: readonly Omission[];
}

type Framing = Pick<Context, "store" | "project" | "now">;

/** The newest so many that match are drawn from. */
const MOST = 50_000;
const PAGE = 500;
const FEEDBACK_NAMES = 30;

const measuresOf = ({ totals, startUs, endUs }: SessionSummary | TraceSummary): Measures => ({
  costUsd: totals.costUsd,
  durationMs: endUs === null ? null : (endUs - startUs) / 1_000,
  steps: totals.llmCalls + totals.toolCalls,
});

async function* pagesOf(
  { store, project }: Framing,
  filter: Filter,
  level: "trace" | "session",
  onTotal: (total: number | null) => void,
): AsyncGenerator<readonly (SessionSummary | TraceSummary)[]> {
  let cursor: string | undefined;
  do {
    const query = { projectId: project.id, filter, order: "newest" as const, limit: PAGE, cursor };
    const page =
      level === "session" ? await store.traces.searchSessions(query) : await store.traces.searchTraces(query);
    onTotal(page.total);
    yield page.items;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}

const idOf = (item: SessionSummary | TraceSummary): string =>
  "turns" in item ? (item.sessionId ?? "") : item.traceId;

/** Those that a person's feedback calls bad with a plain `false`. */
async function disliked(context: Framing, filter: Filter, level: "trace" | "session") {
  const { store, project } = context;
  const names = await store.traces.listValues(project.id, "feedback", FEEDBACK_NAMES);
  const terms = names
    .filter(({ value }) => !isIssueFeedback(value))
    .flatMap(({ value: key }) =>
      ["human", "end_user"].map(
        (source): Filter => ({
          type: "compare",
          field: { name: "feedback", key, source },
          op: "=",
          values: [false],
        }),
      ),
    );
  const ids = new Set<string>();
  if (terms.length === 0) return ids;
  const bad: Filter = { type: "or", terms };
  const both: Filter = filter.type === "all" ? bad : { type: "and", terms: [filter, bad] };
  for await (const page of pagesOf(context, both, level, () => undefined)) {
    for (const item of page) ids.add(idOf(item));
    if (ids.size >= MOST) break;
  }
  return ids;
}

interface Known {
  readonly id: string;
  readonly cluster: string;
  readonly failed: boolean;
  readonly errors: number;
  readonly measures: Measures;
}

const knownOf = (item: SessionSummary | TraceSummary): Known => ({
  id: idOf(item),
  cluster: item.sessionId ?? idOf(item),
  failed: item.status === "error",
  errors: item.totals.errors,
  measures: measuresOf(item),
});

function stratumOf(unit: Known, fences: Fences, bad: ReadonlySet<string>): StratumName {
  if (bad.has(unit.id)) return "bad feedback";
  if (unit.failed) return "failed";
  if (unit.errors > 0) return "errors inside";
  return isFarOut(unit.measures, fences) ? "far out" : "the rest";
}

/**
 * What matches, of real use unless the filter says otherwise and without what is sealed, sorted into strata by what
 * summaries tell. Holds a few hundred bytes of each, of the newest 50,000 at most.
 * @throws AppError `invalid_input` for what is no filter.
 */
export async function readFrame(
  context: Framing,
  filterText: string | null,
  level: "traces" | "sessions",
): Promise<Frame> {
  const at = level === "sessions" ? ("session" as const) : ("trace" as const);
  const asked = parseFilter(filterText ?? "", { nowUs: context.now(), level: at });
  const { filter, omitted } = await realUse(context.store.traces, context.project.id, asked, at);
  const known: Known[] = [];
  let total: number | null | undefined;
  let more = false;
  for await (const page of pagesOf(context, filter, at, (count) => {
    total ??= count;
  })) {
    more = known.length + page.length > MOST;
    known.push(...page.map(knownOf).slice(0, MOST - known.length));
    if (more) break;
  }
  const fences = fencesOf(known.map(({ measures }) => measures));
  const bad = await disliked(context, filter, at);
  return {
    units: known.map((unit) => ({
      id: unit.id,
      cluster: unit.cluster,
      stratum: stratumOf(unit, fences, bad),
    })),
    matching: more ? (total ?? null) : known.length,
    fences,
    omitted,
  };
}
