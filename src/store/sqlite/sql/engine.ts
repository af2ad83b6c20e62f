import type { Json } from "../../../model/json.ts";

export type EngineName = "node:sqlite" | "better-sqlite3";

export type Cell = string | number | bigint | null | Uint8Array;

/** A read-only connection whose statements may read through the views only. */
export interface Engine {
  readonly name: EngineName;
  /** Lower-case names of all that the database file itself defines. */
  readonly reserved: ReadonlySet<string>;
  /** Makes the views show one project; an unknown one is empty. */
  scope(projectId: string): void;
  /** Compiles, with the engine's own guard on; throws what the engine says about the statement. */
  prepare(sql: string): { readonly columns: readonly string[]; rows(): Iterable<readonly Cell[]> };
  close(): void;
}

export interface EngineOptions {
  readonly path: string;
  /** Unguessable part of the names of inner views. */
  readonly secret: string;
}

/** Longest text or value inside a query, in bytes. */
export const MAX_VALUE_BYTES = 64_000_000;

/** A cell as JSON: blobs in hexadecimal, integers that a number cannot hold as digits. */
export function cellToJson(cell: Cell, maxChars: number): Json {
  if (typeof cell === "bigint") {
    const number = Number(cell);
    return Number.isSafeInteger(number) ? number : cell.toString();
  }
  if (cell === null) return null;
  if (typeof cell === "number") return Number.isFinite(cell) ? cell : String(cell);
  if (typeof cell === "string") return cut(cell, maxChars);
  const shown = Buffer.from(cell.buffer, cell.byteOffset, Math.min(cell.byteLength, maxChars)).toString(
    "hex",
  );
  return cut(shown, maxChars, cell.byteLength * 2);
}

function cut(text: string, max: number, length = text.length): string {
  if (length <= max) return text;
  const end = /[\uD800-\uDBFF]/.test(text[max - 1] ?? "") ? max - 1 : max;
  return `${text.slice(0, end)} [... ${length - end} more characters]`;
}
