import { raw, type Sql, sql } from "./compile-filter-sql.ts";

/**
 * The FTS5 query for what a user typed: one phrase, its last word a beginning. Quoting makes every character but
 * the quote mark plain, so that no text is a syntax error.
 */
export const phrase = (text: string): string => `"${text.replace(/"/g, '""').replaceAll("\0", " ")}" *`;

/** Rows of content whose text matches. */
export const contentOf = (match: string): Sql =>
  sql`SELECT rowid FROM content_text WHERE content_text MATCH ${match}`;

/** Traces with a span in which such a text first appeared in its session. */
export const tracesWith = (match: string): Sql =>
  sql`SELECT ms.trace AS trace FROM content_text CROSS JOIN occurrence mo ON mo.content = content_text.rowid
    CROSS JOIN span ms ON ms.id = mo.span WHERE content_text MATCH ${match}`;

/**
 * Whether a trace has such a text. A rare text is looked up once; a frequent one is checked trace by trace, so that
 * a page of the newest stays fast.
 */
export function traceText(trace: Sql, match: string, frequent: boolean): Sql {
  if (!frequent) return sql`${trace} IN (${tracesWith(match)})`;
  return sql`EXISTS (SELECT 1 FROM span ms CROSS JOIN occurrence mo ON mo.span = ms.id
    WHERE ms.trace = ${trace} AND mo.content IN (${contentOf(match)}))`;
}

/** Whether a content column of a span (its input or output) matches. */
export const contentText = (column: Sql, match: string): Sql => sql`${column} IN (${contentOf(match)})`;

/** Whether a span has such a text: in its own values, or in a message that first appeared in it. */
export const spanText = (match: string): Sql =>
  sql`(EXISTS (SELECT 1 FROM occurrence mo WHERE mo.span = p.id AND mo.content IN (${contentOf(match)}))
    OR ${contentText(raw("p.input"), match)} OR ${contentText(raw("p.output"), match)})`;
