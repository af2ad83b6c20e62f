import type { Json } from "../../model/json.ts";

/** Text that a Markdown cell or line holds as it is: no markup, no line breaks, no HTML. */
export const plain = (value: Json): string =>
  (typeof value === "string" ? value : value === null ? "" : JSON.stringify(value))
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\\`*_{}[\]<>|#]/g, (character) => `\\${character}`)
    .trim();

/** A table in GitHub's flavour. */
export const markdownTable = (columns: readonly string[], rows: readonly (readonly Json[])[]): string =>
  [
    `| ${columns.map(plain).join(" | ")} |`,
    `| ${columns.map(() => "---").join(" | ")} |`,
    ...rows.map((row) => `| ${row.map(plain).join(" | ")} |`),
  ].join("\n");
