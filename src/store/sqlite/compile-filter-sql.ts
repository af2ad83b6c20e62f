export type SqlValue = string | number | Buffer | null;

/** Part of a statement with the values of its placeholders, in order. */
export interface Sql {
  readonly text: string;
  readonly params: readonly SqlValue[];
}

const isSql = (part: SqlValue | Sql): part is Sql =>
  typeof part === "object" && part !== null && !Buffer.isBuffer(part);

/** A statement's text; what is put in is bound, and parts made by `sql` or `raw` are spliced. */
export function sql(strings: TemplateStringsArray, ...parts: readonly (SqlValue | Sql)[]): Sql {
  let text = strings[0] ?? "";
  const params: SqlValue[] = [];
  parts.forEach((part, index) => {
    if (isSql(part)) {
      text += part.text;
      params.push(...part.params);
    } else {
      text += "?";
      params.push(part);
    }
    text += strings[index + 1] ?? "";
  });
  return { text, params };
}

/** Text of ours, never of a user's. */
export const raw = (text: string): Sql => ({ text, params: [] });

export const joinSql = (parts: readonly Sql[], separator: string): Sql => ({
  text: parts.map((part) => part.text).join(separator),
  params: parts.flatMap((part) => part.params),
});

export const TRUE = raw("1");
export const FALSE = raw("0");
