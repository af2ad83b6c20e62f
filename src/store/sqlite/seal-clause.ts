import { z } from "zod";
import { raw, type Sql, sql, TRUE } from "./compile-filter-sql.ts";
import type { Statements } from "./search-statements.ts";

const Any = z.object({ any: z.number() });

const TABLES = { trace: "sealed_trace", session: "sealed_session" } as const;

/**
 * The condition that a row is not sealed, by its id; always true for a project without sealed rows, so that it costs
 * nothing there.
 */
export function notSealed(statements: Statements, project: number, level: "trace" | "session", id: Sql): Sql {
  const table = raw(TABLES[level]);
  const found = statements.get(
    Any,
    sql`SELECT EXISTS (SELECT 1 FROM ${table} WHERE project = ${project}) AS "any"`,
  );
  return found?.any === 1 ? sql`NOT EXISTS (SELECT 1 FROM ${table} z WHERE z.${raw(level)} = ${id})` : TRUE;
}
