import type { Comparison, FilterValue } from "../../model/filter.ts";
import { FALSE, joinSql, raw, type Sql, type SqlValue, sql } from "./compile-filter-sql.ts";

/** One comparison without its field. */
export interface Test {
  readonly op: Comparison;
  readonly values: readonly FilterValue[];
}

const OPERATORS: ReadonlyMap<Comparison, Sql> = new Map(
  (["=", "<", "<=", ">", ">="] satisfies Comparison[]).map((op) => [op, raw(op)]),
);

const bindable = (value: FilterValue): SqlValue => (typeof value === "boolean" ? Number(value) : value);

const inList = (values: readonly SqlValue[]): Sql =>
  sql`(${joinSql(
    values.map((value) => sql`${value}`),
    ", ",
  )})`;

/** `column LIKE` a substring: case-insensitive for ASCII letters, `%` and `_` stand for themselves. */
export function contains(column: Sql, value: FilterValue | undefined): Sql {
  const text = String(value ?? "");
  // LIKE reads its pattern up to the first NUL, which would leave a bare "%".
  if (text.includes("\0")) return FALSE;
  return sql`${column} LIKE ${`%${text.replace(/[\\%_]/g, "\\$&")}%`} ESCAPE '\\'`;
}

/** A test on a column or expression; null (so: not true) where the column is, but for the null tests. */
export function compare(
  column: Sql,
  { op, values }: Test,
  convert: (value: FilterValue) => SqlValue = bindable,
): Sql {
  if (op === "is null") return sql`${column} IS NULL`;
  if (op === "is not null") return sql`${column} IS NOT NULL`;
  if (op === "in") return sql`${column} IN ${inList(values.map(convert))}`;
  const [value = ""] = values;
  if (op === "~") return contains(column, value);
  if (op === "!=") return sql`${column} <> ${convert(value)}`;
  return sql`${column} ${OPERATORS.get(op) ?? raw("=")} ${convert(value)}`;
}

const jsonNumber = (column: Sql): Sql =>
  sql`(CASE WHEN json_valid(${column}) THEN CASE WHEN json_type(${column}) IN ('integer', 'real') THEN json_extract(${column}, '$') END END)`;

/** A test on tag text: numbers compare as numbers with what reads as one, text as text. */
export function compareTag(column: Sql, { op, values }: Test): Sql {
  if (op !== "=" && op !== "in")
    return typeof values[0] === "number" && op !== "~"
      ? compare(jsonNumber(column), { op, values })
      : compare(column, { op, values });
  const tests = values.map((value) =>
    typeof value === "number"
      ? sql`(${column} = ${String(value)} OR ${jsonNumber(column)} = ${value})`
      : sql`${column} = ${String(value)}`,
  );
  return sql`(${joinSql(tests, " OR ")})`;
}

/** A test on an assessment's value, a JSON scalar as JSON.stringify writes it. */
export function compareScalar(column: Sql, { op, values }: Test): Sql {
  if (op === "is not null") return raw("1");
  if (op === "=" || op === "in")
    return sql`${column} IN ${inList(values.map((value) => JSON.stringify(value)))}`;
  if (op === "~")
    return sql`(json_type(${column}) = 'text' AND ${contains(sql`json_extract(${column}, '$')`, values[0])})`;
  return compare(jsonNumber(column), { op, values });
}

/**
 * A test where a row may have several values. `some` says that one of them passes a positive test. `!=` asks for
 * a value and that none is equal; `is null` for no value.
 */
export function ofMany(test: Test, some: (test: Test) => Sql): Sql {
  const any = () => some({ op: "is not null", values: [] });
  if (test.op === "is null") return sql`NOT ${any()}`;
  if (test.op === "!=") return sql`(${any()} AND NOT ${some({ op: "=", values: test.values })})`;
  return some(test);
}
