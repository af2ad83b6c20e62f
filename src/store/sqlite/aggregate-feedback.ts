import type { CountRow, TraceAggregate } from "../store.ts";
import { sql } from "./compile-filter-sql.ts";
import type { Statements } from "./search-statements.ts";

const MOST_VALUES = 8;
const VALUE_CHARS = 200;

type Row = [name: string, source: string, value: string | null, count: number];

interface Group {
  readonly name: string;
  readonly source: string;
  readonly values: Map<string, number>;
  n: number;
  numbers: number;
  sum: number;
}

/** Current feedback on the traces, their spans and their sessions, by name and source. */
export function aggregateFeedback(
  statements: Statements,
  project: number,
  ids: string,
  topN: number,
): TraceAggregate["feedback"] {
  const groups = new Map<string, Group>();
  const about = sql`a.kind = 'feedback' AND a.superseded_by IS NULL`;
  const rows = statements.arrays<Row>(
    sql`SELECT name, source, value, count(*) FROM (
      SELECT a.id, a.name, a.source, a.value FROM json_each(${ids}) i CROSS JOIN trace t ON t.id = i.value
        CROSS JOIN assessment a ON a.project = ${project} AND a.trace_id = t.trace_id WHERE ${about}
      UNION SELECT a.id, a.name, a.source, a.value
        FROM (SELECT DISTINCT t.session AS session FROM json_each(${ids}) i CROSS JOIN trace t ON t.id = i.value) d
        CROSS JOIN session s ON s.id = d.session
        CROSS JOIN assessment a ON a.project = ${project} AND a.session_id = s.session_id WHERE ${about}
    ) GROUP BY name, source, value`,
  );
  for (const [name, source, value, count] of rows) add(groups, name, source, value, count);
  const all = [...groups.values()].sort((a, b) => b.n - a.n || (a.name < b.name ? -1 : 1));
  return { rows: all.slice(0, topN).map(toRow), total: all.length };
}

function add(groups: Map<string, Group>, name: string, source: string, value: string | null, count: number) {
  const key = JSON.stringify([name, source]);
  let group = groups.get(key);
  if (!group) {
    group = { name, source, values: new Map(), n: 0, numbers: 0, sum: 0 };
    groups.set(key, group);
  }
  group.n += count;
  const scalar: unknown = value === null ? null : JSON.parse(value);
  if (typeof scalar === "number" || typeof scalar === "boolean") {
    group.numbers += count;
    group.sum += Number(scalar) * count;
  }
  if (scalar === null) return;
  const shown = String(scalar).slice(0, VALUE_CHARS);
  group.values.set(shown, (group.values.get(shown) ?? 0) + count);
}

function toRow({ name, source, n, numbers, sum, values }: Group): TraceAggregate["feedback"]["rows"][number] {
  const counted: CountRow[] = [...values].map(([value, count]) => ({ value, count }));
  counted.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  return {
    name,
    source,
    n,
    mean: numbers === 0 ? null : sum / numbers,
    values: counted.slice(0, MOST_VALUES),
  };
}
