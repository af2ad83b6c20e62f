import type { Context } from "../context.ts";
import type { Answer, Omission } from "../model/answer.ts";
import type { SessionSummary, TraceSummary } from "../model/trace.ts";
import type { DatasetStore } from "../store/dataset-store.ts";

type Reading = Pick<Context, "store" | "project" | "log">;

/** What may be shown of a trace or session: all of it, or that it is sealed. */
export type Opened<T> = { readonly item: T } | { readonly sealed: Answer };

const WHY =
  "It belongs to the holdout of a dataset, so it is counted and not shown until a person retires the holdout.";

/**
 * A trace that is about to be shown, by its id or the beginning of one; noted as opened. Of a sealed one only how
 * large it is. Undefined when there is none.
 */
export async function openTrace(context: Reading, id: string): Promise<Opened<TraceSummary> | undefined> {
  const { store, project } = context;
  const trace = await store.traces.getTrace(project.id, id);
  if (!trace) return undefined;
  const { traceId, sessionId, totals } = trace;
  if (await store.records.datasets.isSealed(project.id, { traceId }))
    return { sealed: { data: { traceId, sealed: true, spans: totals.spans, why: WHY } } };
  noteOpened(context, sessionId ?? traceId);
  return { item: trace };
}

/** As `openTrace`, for a session. */
export async function openSession(context: Reading, id: string): Promise<Opened<SessionSummary> | undefined> {
  const { store, project } = context;
  const session = await store.traces.getSession(project.id, id);
  if (!session) return undefined;
  const { sessionId, turns, totals } = session;
  if (await store.records.datasets.isSealed(project.id, { sessionId }))
    return { sealed: { data: { sealed: true, turns, spans: totals.spans, why: WHY } } };
  noteOpened(context, sessionId);
  return { item: session };
}

/**
 * What a list or a sum leaves out. The count is of the whole project whatever was asked for: a count of matches
 * would tell, filter by filter, what the sealed ones say.
 */
export async function sealedOmission(
  context: Pick<Context, "store" | "project">,
  unit: "traces" | "sessions",
): Promise<readonly Omission[]> {
  const count = (await context.store.records.datasets.countSealed(context.project.id))[unit];
  const how = `Sealed ${unit} of this project (holdout of a dataset): no filter looks at them, so the count is the same for each.`;
  return count === 0 ? [] : [{ kind: `sealed ${unit}`, count, how }];
}

/** By store, so that two stores of one process do not share it. */
const noted = new WeakMap<DatasetStore, Set<string>>();
const MOST_NOTED = 20_000;

/** Once per process, and without waiting: the store may be busy writing, and reading must not fail with it. */
function noteOpened({ store, project, log }: Reading, id: string): void {
  const { datasets } = store.records;
  const known = noted.get(datasets) ?? new Set();
  noted.set(datasets, known);
  const key = `${project.id} ${id}`;
  if (known.has(key)) return;
  if (known.size >= MOST_NOTED) known.clear();
  known.add(key);
  datasets.noteOpened(project.id, [id]).catch(() => {
    known.delete(key);
    log.warn("what was read could not be noted as opened; the next read of it tries again");
  });
}
