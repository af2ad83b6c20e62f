import type { Database } from "better-sqlite3";
import { z } from "zod";
import type { SessionSummary, TraceSummary } from "../../model/trace.ts";
import type { Page, SearchQuery, TraceOrder } from "../store.ts";
import { raw, type Sql, sql, TRUE } from "./compile-filter-sql.ts";
import { type Continuation, continueQuery, type Position } from "./search-cursor.ts";
import { type Matching, openMatcher, projectKey } from "./search-matching.ts";
import { openStatements, type Statements } from "./search-statements.ts";
import {
  SESSION_COLUMN_LIST,
  SessionRow,
  TRACE_COLUMN_LIST,
  TRACE_SOURCE,
  TraceRow,
  toSessionSummary,
  toTraceSummary,
} from "./summary-rows.ts";

const MOST_ROWS = 500;

interface Order {
  readonly column: string;
  readonly direction: "ASC" | "DESC";
  /** The value of rows that come last and are in no index: they are looked for when the others are used up. */
  readonly rest?: null | 0;
}

const ORDERS: Readonly<Record<TraceOrder, Order>> = {
  newest: { column: "start_us", direction: "DESC" },
  oldest: { column: "start_us", direction: "ASC" },
  slowest: { column: "duration_us", direction: "DESC", rest: null },
  costliest: { column: "cost_usd", direction: "DESC", rest: null },
  most_errors: { column: "errors", direction: "DESC", rest: 0 },
};

const Found = z.object({ id: z.number(), value: z.number().nullable() });

interface Listing {
  readonly statements: Statements;
  readonly matching: Matching;
  /** Alias of the rows: `t` or `s`. */
  readonly row: "t" | "s";
  readonly order: Order;
}

/** Rows in order after a position, of those in the index of the order or of the rest. */
function select({ statements, matching, row, order }: Listing, after: Sql, value: Sql, limit: number) {
  const by = raw(`${row}.${order.column}`);
  const direction = raw(order.direction);
  return statements.all(
    Found,
    sql`SELECT ${raw(row)}.id AS id, ${by} AS value FROM ${matching.source}
      WHERE ${matching.where} AND ${value} AND ${after} ORDER BY ${by} ${direction}, ${raw(row)}.id ${direction} LIMIT ${limit}`,
  );
}

function listPositions(listing: Listing, after: Position | undefined, limit: number): readonly Position[] {
  const { row, order } = listing;
  const { rest } = order;
  const by = raw(`${row}.${order.column}`);
  const id = raw(`${row}.id`);
  const beyond = raw(order.direction === "ASC" ? ">" : "<");
  const indexed = rest === undefined ? TRUE : rest === null ? sql`${by} IS NOT NULL` : sql`${by} > 0`;
  const inRest = after !== undefined && after.value === rest;
  const afterValue = after ? sql`(${by}, ${id}) ${beyond} (${after.value}, ${after.id})` : TRUE;
  const found = inRest ? [] : select(listing, afterValue, indexed, limit);
  if (rest === undefined || found.length === limit) return found;
  const afterId = inRest ? sql`${id} ${beyond} ${after.id}` : TRUE;
  return [...found, ...select(listing, afterId, sql`${by} IS ${raw(String(rest))}`, limit - found.length)];
}

function readPage<Item>(
  listing: Listing,
  continuation: Continuation,
  limit: number,
  read: (id: number) => Item | undefined,
): Page<Item> {
  const { after } = continuation;
  const found = listPositions(listing, after, limit + 1);
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const more = found.length > limit;
  const total = !more && after === undefined ? found.length : listing.matching.total();
  return {
    items: shown.map(({ id }) => read(id)).filter((item) => item !== undefined),
    total,
    next: more && last ? continuation.next(last) : null,
  };
}

const limitOf = (query: SearchQuery): number => Math.min(MOST_ROWS, Math.max(1, Math.trunc(query.limit)));

export interface SearchOperations {
  searchTraces(query: SearchQuery): Page<TraceSummary>;
  searchSessions(query: SearchQuery): Page<SessionSummary>;
}

/**
 * Pages of traces and of sessions, synchronous. A page continues after the last row of the one before, by value
 * and row id, so that rows which arrive in between are neither repeated nor push others out. `total` is null where
 * counting would mean to look at every row. Rows that were never rolled up are not shown.
 */
export function searchOperations(db: Database): SearchOperations {
  const statements = openStatements(db);
  const match = openMatcher(statements);
  const page = <Item>(
    level: "trace" | "session",
    query: SearchQuery,
    read: (id: number) => Item | undefined,
  ): Page<Item> => {
    const continuation = continueQuery(level === "trace" ? "traces" : "sessions", query);
    const project = projectKey(statements, query.projectId);
    if (project === undefined) return { items: [], total: 0, next: null };
    const matching = match(project, level, continuation.filter, query);
    const row = level === "trace" ? "t" : "s";
    const listing: Listing = { statements, matching, row, order: ORDERS[query.order] };
    return readPage(listing, continuation, limitOf(query), read);
  };
  // One transaction, so that what is listed is still there when it is read.
  const atOnce = <Result>(run: () => Result): Result => db.transaction(run).deferred();
  return {
    searchTraces: (query) =>
      atOnce(() =>
        page("trace", query, (id) => {
          const row = statements.get(
            TraceRow,
            sql`SELECT ${raw(TRACE_COLUMN_LIST)} FROM ${raw(TRACE_SOURCE)} WHERE t.id = ${id}`,
          );
          return row && toTraceSummary(query.projectId, row);
        }),
      ),
    searchSessions: (query) =>
      atOnce(() =>
        page("session", query, (id) => {
          const row = statements.get(
            SessionRow,
            sql`SELECT ${raw(SESSION_COLUMN_LIST)} FROM session s WHERE s.id = ${id}`,
          );
          return row && toSessionSummary(query.projectId, row);
        }),
      ),
  };
}
