export interface ViewColumn {
  readonly name: string;
  readonly type: "TEXT" | "INTEGER" | "REAL" | "JSON";
  readonly description: string;
  /** SQL over the tables of `from`. */
  readonly expression: string;
}

export interface View {
  readonly view: string;
  readonly description: string;
  readonly columns: readonly ViewColumn[];
  /** FROM and WHERE; `:project` stands for the project's key. */
  readonly from: string;
}

/** Microseconds since the epoch as ISO 8601 text with milliseconds, which sorts as it counts. */
export const isoTime = (column: string): string =>
  `strftime('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000000.0, 'unixepoch')`;

export const hexId = (column: string): string => `lower(hex(${column}))`;

type Row = readonly [name: string, type: ViewColumn["type"], expression: string, description?: string];

export const columnsOf = (rows: readonly Row[]): readonly ViewColumn[] =>
  rows.map(([name, type, expression, description = ""]) => ({ name, type, description, expression }));

/** Columns that the tables have under the same name. */
export const same = (alias: string, type: ViewColumn["type"], names: readonly string[]): Row[] =>
  names.map((name): Row => [name, type, `${alias}.${name}`]);

export const USAGE = [
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "reasoning_tokens",
];

/** Names of the functions that the views, and nobody else, may call. */
export const TEXT_FUNCTION = "evalwright_text";
export const MESSAGE_FUNCTION = "evalwright_message";

/** The stored value whose row id is `column`, as text: a JSON string without its quotation marks, else JSON. */
export const contentText = (column: string): string =>
  `(SELECT ${TEXT_FUNCTION}(c.id, c.data, c.deflated) FROM main.content c WHERE c.id = ${column})`;
