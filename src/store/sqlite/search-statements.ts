import type { Database, Statement } from "better-sqlite3";
import type { z } from "zod";
import type { Sql, SqlValue } from "./compile-filter-sql.ts";

const MOST = 200;

export interface Statements {
  all<Row>(row: z.ZodType<Row>, query: Sql): Row[];
  get<Row>(row: z.ZodType<Row>, query: Sql): Row | undefined;
  /** The one number that the statement gives. */
  count(query: Sql): number;
  /** Rows as arrays, one at a time and unchecked since they are many: `Row` is what the statement's author knows. */
  arrays<Row>(query: Sql): IterableIterator<Row>;
}

/** Runs statements and checks their rows; keeps the compiled form of those used last, by their text. */
export function openStatements(db: Database): Statements {
  const kept = new Map<string, Statement<SqlValue[]>>();
  const prepare = (text: string) => {
    const found = kept.get(text) ?? db.prepare<SqlValue[]>(text);
    kept.delete(text);
    kept.set(text, found);
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST) break;
      kept.delete(oldest);
    }
    return found;
  };
  return {
    all: (row, query) =>
      prepare(query.text)
        .all(...query.params)
        .map((found) => row.parse(found)),
    get: (row, query) => {
      const found = prepare(query.text).get(...query.params);
      return found === undefined ? undefined : row.parse(found);
    },
    count: (query) =>
      Number(
        db
          .prepare<SqlValue[]>(query.text)
          .pluck()
          .get(...query.params) ?? 0,
      ),
    arrays: <Row>(query: Sql) =>
      db
        .prepare<SqlValue[], Row>(query.text)
        .raw()
        .iterate(...query.params),
  };
}
