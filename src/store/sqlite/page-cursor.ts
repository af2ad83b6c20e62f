import { invalidInput } from "../../errors.ts";

/** Where a page ended: by time, then by row. */
export interface PageEnd {
  readonly us: number;
  readonly row: number;
}

/** Before everything. */
export const BEGINNING: PageEnd = { us: Number.MIN_SAFE_INTEGER, row: -1 };

export const encodeCursor = ({ us, row }: PageEnd): string =>
  Buffer.from(`${us}.${row}`).toString("base64url");

/** Throws `invalid_input` for what `encodeCursor` did not make. */
export function decodeCursor(cursor: string | undefined): PageEnd {
  if (cursor === undefined) return BEGINNING;
  const match = /^(-?\d{1,16})\.(\d{1,16})$/.exec(
    Buffer.from(cursor.slice(0, 100), "base64url").toString("latin1"),
  );
  if (!match) throw invalidInput("The cursor is not one of this list's", "Leave it out to begin again.");
  return { us: Number(match[1]), row: Number(match[2]) };
}

/** Rows of a page: what was asked for, within 1 and `most`. */
export const pageLimit = (limit: number, most: number): number =>
  Math.min(Math.max(1, Math.floor(limit)), most);
