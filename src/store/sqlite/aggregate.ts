import type { Database } from "better-sqlite3";
import { z } from "zod";
import type { Filter } from "../../model/filter.ts";
import type { CountRow, Percentiles, Top, TraceAggregate } from "../store.ts";
import { aggregateFeedback } from "./aggregate-feedback.ts";
import { openDurationSample } from "./aggregate-percentiles.ts";
import { aggregateErrors, aggregateModels, aggregateTools } from "./aggregate-spans.ts";
import { sql } from "./compile-filter-sql.ts";
import { openMatcher, projectKey } from "./search-matching.ts";
import { openStatements, type Statements } from "./search-statements.ts";

const TotalsRow = z.object({
  traces: z.number(),
  sessions: z.number(),
  failedTraces: z.number(),
  tracesWithErrors: z.number(),
  firstUs: z.number().nullable(),
  lastUs: z.number().nullable(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  cacheReadTokens: z.number(),
  costUsd: z.number().nullable(),
  unpricedCalls: z.number(),
  llmCalls: z.number(),
});
type TotalsRow = z.infer<typeof TotalsRow>;

const NONE: TotalsRow = {
  traces: 0,
  sessions: 0,
  failedTraces: 0,
  tracesWithErrors: 0,
  firstUs: null,
  lastUs: null,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  costUsd: null,
  unpricedCalls: 0,
  llmCalls: 0,
};

const readTotals = (statements: Statements, ids: string): TotalsRow =>
  statements.get(
    TotalsRow,
    sql`SELECT count(*) AS traces, count(DISTINCT t.session) AS sessions,
      ifnull(sum(t.status = 'error'), 0) AS failedTraces, ifnull(sum(t.errors > 0), 0) AS tracesWithErrors, min(t.start_us) AS firstUs, max(t.start_us) AS lastUs,
      ifnull(sum(t.input_tokens), 0) AS inputTokens, ifnull(sum(t.output_tokens), 0) AS outputTokens,
      ifnull(sum(t.cache_read_tokens), 0) AS cacheReadTokens, sum(t.cost_usd) AS costUsd,
      ifnull(sum(t.unpriced_calls), 0) AS unpricedCalls, ifnull(sum(t.llm_calls), 0) AS llmCalls
      FROM json_each(${ids}) i CROSS JOIN trace t ON t.id = i.value`,
  ) ?? NONE;

function readDurations(statements: Statements, ids: string): Percentiles | null {
  const sample = openDurationSample();
  const rows = statements.arrays<[number | null]>(
    sql`SELECT t.duration_us FROM json_each(${ids}) i CROSS JOIN trace t ON t.id = i.value`,
  );
  for (const [us] of rows) sample.add(us);
  return sample.percentiles();
}

type FacetRow = [field: string, value: string, count: number];

/** How many traces have each agent, service and finding. */
function readFacets(statements: Statements, project: number, ids: string, topN: number) {
  const found = new Map<string, CountRow[]>();
  const rows = statements.arrays<FacetRow>(
    sql`SELECT f.field, f.value, count(*) FROM trace_facet f WHERE f.project = ${project}
      AND f.field IN ('agent', 'service', 'finding') AND f.trace IN (SELECT value FROM json_each(${ids}))
      GROUP BY f.field, f.value ORDER BY count(*) DESC, f.value`,
  );
  for (const [field, value, count] of rows) {
    const values = found.get(field) ?? [];
    values.push({ value, count });
    found.set(field, values);
  }
  const top = (field: string): Top<CountRow> => {
    const all = found.get(field) ?? [];
    return { rows: all.slice(0, topN), total: all.length };
  };
  return { agents: top("agent"), services: top("service"), findings: top("finding") };
}

type IdRow = [id: number];

export interface AggregateOperations {
  aggregate(query: { projectId: string; filter: Filter; topN: number }): TraceAggregate;
}

/** What summarize_traces shows, over the traces that a filter selects; synchronous. */
export function aggregateOperations(db: Database): AggregateOperations {
  const statements = openStatements(db);
  const match = openMatcher(statements);
  const selected = (project: number, filter: Filter): string => {
    const { source, where } = match(project, "trace", filter);
    const ids: number[] = [];
    for (const [id] of statements.arrays<IdRow>(sql`SELECT t.id FROM ${source} WHERE ${where}`)) ids.push(id);
    // Neighbours in the tables are read together.
    return JSON.stringify(ids.sort((a, b) => a - b));
  };
  return {
    aggregate: ({ projectId, filter, topN }) =>
      db
        .transaction(() => {
          const project = projectKey(statements, projectId) ?? -1;
          const ids = selected(project, filter);
          return {
            ...readTotals(statements, ids),
            durationMs: readDurations(statements, ids),
            tools: aggregateTools(statements, ids, topN),
            models: aggregateModels(statements, ids, topN),
            errors: aggregateErrors(statements, ids, topN),
            feedback: aggregateFeedback(statements, project, ids, topN),
            ...readFacets(statements, project, ids, topN),
          };
        })
        .deferred(),
  };
}
