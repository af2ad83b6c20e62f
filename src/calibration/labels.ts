import { hashOf } from "../canonical.ts";
import type { Context } from "../context.ts";
import { findDataset } from "../datasets/find.ts";
import { readAllExamples } from "../datasets/merge.ts";
import type { Assessment } from "../model/assessment.ts";
import type { LabelQuery } from "../model/calibration.ts";
import type { Filter } from "../model/filter.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import { acceptFilter } from "../registry/accept-filter.ts";
import { type LabelledItem, type Place, placeId } from "./labelled-item.ts";
import { readLabel } from "./read-label.ts";

export interface FoundLabels {
  readonly items: readonly LabelledItem[];
  /** Labels in no words that the judge knows. */
  readonly notUnderstood: number;
  readonly level: "traces" | "sessions" | null;
  /** Of items that a schedule drew for this judge: at which rate, by the item's id. */
  readonly rates: ReadonlyMap<string, number>;
}

type Reading = Pick<Context, "store" | "project" | "now">;

/** Labelled traces or sessions that are looked at. */
const MOST_SEEN = 20_000;
const PAGE = 500;

interface Candidate {
  readonly id: string;
  readonly cluster: string;
}

/** Traces or sessions with a label; sealed ones are not among them. */
async function* candidates(
  context: Reading,
  query: LabelQuery,
  level: "traces" | "sessions",
): AsyncGenerator<readonly Candidate[]> {
  const at = level === "sessions" ? ("session" as const) : ("trace" as const);
  const field = { name: "feedback", key: query.name, source: query.source };
  const labelled: Filter = { type: "compare", field, op: "is not null", values: [] };
  const filter: Filter = {
    type: "and",
    terms: [labelled, await acceptFilter(context, query.filter ?? "", at)],
  };
  let cursor: string | undefined;
  let seen = 0;
  do {
    const search = {
      projectId: context.project.id,
      filter,
      order: "newest" as const,
      limit: PAGE,
      cursor,
    };
    const page =
      at === "session"
        ? await context.store.traces.searchSessions(search)
        : await context.store.traces.searchTraces(search);
    yield page.items.map((item) =>
      "turns" in item
        ? { id: item.sessionId, cluster: item.sessionId }
        : { id: item.traceId, cluster: item.sessionId ?? item.traceId },
    );
    seen += page.items.length;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && seen < MOST_SEEN);
}

const placeOf = ({ traceId, spanId, sessionId, turn }: Assessment): Place | null => {
  // A label of one turn says nothing of the whole.
  if (turn !== undefined) return null;
  if (traceId !== null && spanId !== null) return { kind: "span", traceId, spanId };
  if (traceId !== null) return { kind: "trace", traceId };
  return sessionId === null ? null : { kind: "session", sessionId };
};

function gather(judge: ResolvedJudge, query: LabelQuery) {
  const items = new Map<string, LabelledItem>();
  const rates = new Map<string, number>();
  let notUnderstood = 0;
  return {
    take(
      place: Place,
      cluster: string,
      given: Pick<Assessment, "id" | "sourceId" | "value">,
      rate?: number,
    ): void {
      const said = readLabel(given.value, judge, query.threshold);
      if (said === null) {
        notUnderstood += 1;
        return;
      }
      const id = placeId(place);
      if (rate !== undefined) rates.set(id, rate);
      const label = { id: given.id, annotator: given.sourceId ?? "", ...said };
      const known = items.get(id);
      items.set(id, known ? { ...known, labels: [...known.labels, label] } : newItem(place, cluster, label));
    },
    found: (level: FoundLabels["level"]): FoundLabels => ({
      items: [...items.values()],
      notUnderstood,
      level,
      rates,
    }),
  };
}

/** At which rate a schedule drew a trace or session for the judge, in whatever version; undefined: it did not. */
const drawnAt = (assessments: readonly Assessment[], { name }: ResolvedJudge): number | undefined =>
  assessments.findLast(
    (one) =>
      one.name === name && one.samplingRate !== undefined && one.spanId === null && one.turn === undefined,
  )?.samplingRate;

const newItem = (place: Place, cluster: string, label: LabelledItem["labels"][number]): LabelledItem => ({
  id: placeId(place),
  place,
  cluster,
  weight: 1,
  labels: [label],
});

async function fromFeedback(
  context: Reading,
  judge: ResolvedJudge,
  query: LabelQuery,
  level: "traces" | "sessions",
): Promise<FoundLabels> {
  const gathered = gather(judge, query);
  for await (const page of candidates(context, query, level)) {
    const said = await Promise.all(
      page.map(({ id }) =>
        context.store.traces.readAssessments({
          projectId: context.project.id,
          ...(level === "sessions" ? { sessionId: id } : { traceId: id }),
          limit: PAGE,
        }),
      ),
    );
    for (const [i, { cluster }] of page.entries()) {
      const rate = drawnAt(said[i] ?? [], judge);
      for (const assessment of said[i] ?? []) {
        const { kind, name, source } = assessment;
        const place = placeOf(assessment);
        if (kind === "feedback" && name === query.name && source === query.source && place)
          gathered.take(place, cluster, assessment, rate);
      }
    }
  }
  return gathered.found(level);
}

async function fromDataset(context: Reading, judge: ResolvedJudge, query: LabelQuery, reference: string) {
  const { name, version } = await findDataset(context, reference);
  const examples = await readAllExamples(context.store, context.project.id, name, version, [
    "train",
    "validation",
  ]);
  const gathered = gather(judge, query);
  for (const { id, group, expectations } of examples) {
    const value = Object.hasOwn(expectations, query.name) ? expectations[query.name] : undefined;
    if (value === undefined || value === null) continue;
    const kind = judge.level === "pair" ? ("pair" as const) : ("example" as const);
    const place: Place = { kind, dataset: name, version, exampleId: id };
    if (typeof value === "object") gathered.take(place, group, { id: "", sourceId: null, value: null });
    else gathered.take(place, group, { id: hashOf(["label", name, id, query.name]), sourceId: null, value });
  }
  return gathered.found(null);
}

/**
 * Items that people labelled: by feedback on sessions, traces and spans, or by an expectation of a dataset's examples
 * (train and validation; the holdout stays sealed). Without a level: where the judge judges, else where labels are.
 */
export async function findLabels(
  context: Reading,
  judge: ResolvedJudge,
  query: LabelQuery,
): Promise<FoundLabels> {
  if (query.dataset !== null) return fromDataset(context, judge, query, query.dataset);
  const own =
    judge.level === "session" ? (["sessions", "traces"] as const) : (["traces", "sessions"] as const);
  const levels = query.level === null ? own : [query.level];
  let last: FoundLabels | undefined;
  for (const level of levels) {
    last = await fromFeedback(context, judge, query, level);
    if (last.items.length > 0 || last.notUnderstood > 0) return last;
  }
  return last ?? { items: [], notUnderstood: 0, level: query.level, rates: new Map() };
}
