import type { Database } from "better-sqlite3";
import { z } from "zod";
import { Json } from "../../model/json.ts";
import type { Optimization } from "../../model/optimization.ts";
import type { Proposal } from "../../model/proposal.ts";
import type { Page } from "../store.ts";
import { expandText } from "./compress.ts";
import {
  OPTIMIZATION_COLUMNS,
  OPTIMIZATION_SOURCE,
  PROPOSAL_COLUMNS,
  PROPOSAL_SOURCE,
  toOptimization,
  toProposal,
} from "./optimization-rows.ts";
import { decodeCursor, encodeCursor, pageLimit } from "./page-cursor.ts";

const MAX_RECORDS = 500;
const MAX_EVENTS = 500;

interface ListQuery {
  readonly projectId: string;
  readonly optimizationId?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Newest first, of one table that has `seq`. */
function newestFirst<Item>(
  db: Database,
  { columns, source, which }: { readonly columns: string; readonly source: string; readonly which: string },
  toItem: (row: unknown) => Item,
): (query: ListQuery) => Page<Item> {
  const count = db.prepare<[object], number>(`SELECT count(*) FROM ${source} WHERE ${which}`).pluck();
  const page = db.prepare<[object], { seq: number }>(
    `SELECT o.seq, ${columns} FROM ${source} WHERE ${which} AND (@row < 0 OR o.seq < @row)
     ORDER BY o.seq DESC LIMIT @limit`,
  );
  return (query) => {
    const { row } = decodeCursor(query.cursor);
    const filter = { projectId: query.projectId, optimizationId: query.optimizationId ?? null };
    const limit = pageLimit(query.limit, MAX_RECORDS);
    const found = page.all({ ...filter, row, limit: limit + 1 });
    const last = found[limit - 1];
    return {
      items: found.slice(0, limit).map(toItem),
      total: count.get(filter) ?? 0,
      next: last && found.length > limit ? encodeCursor({ us: 0, row: last.seq }) : null,
    };
  };
}

const EventRow = z.object({ number: z.number(), deflated: z.number(), data: z.instanceof(Uint8Array) });

/** Reading campaigns and proposals, as documented on OptimizationStore. */
export function optimizationReadOperations(db: Database) {
  const one = db.prepare<[string, string]>(
    `SELECT ${OPTIMIZATION_COLUMNS} FROM ${OPTIMIZATION_SOURCE} WHERE p.id = ? AND o.id = ?`,
  );
  const oneProposal = db.prepare<[string, string]>(
    `SELECT ${PROPOSAL_COLUMNS} FROM ${PROPOSAL_SOURCE} WHERE p.id = ? AND o.id = ?`,
  );
  const events = db.prepare<[object]>(
    `SELECT e.number, e.deflated, e.data FROM ${OPTIMIZATION_SOURCE} JOIN optimization_event e
     WHERE e.optimization = o.seq AND p.id = @projectId AND o.id = @id AND e.number >= @from ORDER BY e.number LIMIT @limit`,
  );
  const optimizations = newestFirst(
    db,
    {
      columns: OPTIMIZATION_COLUMNS,
      source: OPTIMIZATION_SOURCE,
      which: "p.id = @projectId AND @optimizationId IS NULL",
    },
    toOptimization,
  );
  const proposals = newestFirst(
    db,
    {
      columns: PROPOSAL_COLUMNS,
      source: PROPOSAL_SOURCE,
      which: "p.id = @projectId AND (@optimizationId IS NULL OR o.optimization = @optimizationId)",
    },
    toProposal,
  );
  return {
    getOptimization(projectId: string, id: string): Optimization | undefined {
      const row = one.get(projectId, id);
      return row === undefined ? undefined : toOptimization(row);
    },
    listOptimizations: (query: ListQuery): Page<Optimization> =>
      optimizations({ ...query, optimizationId: undefined }),
    readOptimizationEvents(query: { projectId: string; id: string; from: number; limit: number }) {
      const { projectId, id, from } = query;
      return events.all({ projectId, id, from, limit: pageLimit(query.limit, MAX_EVENTS) }).map((row) => {
        const { number, deflated, data } = EventRow.parse(row);
        return { number, event: Json.parse(JSON.parse(expandText(data, deflated))) };
      });
    },
    getProposal(projectId: string, id: string): Proposal | undefined {
      const row = oneProposal.get(projectId, id);
      return row === undefined ? undefined : toProposal(row);
    },
    listProposals: (query: ListQuery): Page<Proposal> => proposals(query),
  };
}
