import { createHash } from "node:crypto";
import { z } from "zod";
import { invalidInput } from "../../errors.ts";
import type { Filter } from "../../model/filter.ts";
import type { SearchQuery } from "../store.ts";

/** The last row of a page: what it was ordered by, and its row id. */
export interface Position {
  readonly value: number | null;
  readonly id: number;
}

/** Shape of the query, when it was first made (ms), the times in its filter, and the last row. */
const Parts = z.tuple([z.string(), z.number(), z.array(z.number()), z.number().nullable(), z.number()]);

/** A relative time is resolved anew with each page; beyond how long ago the first was asked it is another query. */
const SLACK_MS = 5_000;

const isTime = (filter: Filter): boolean =>
  filter.type === "compare" && (filter.field.name === "start" || filter.field.name === "end");

/** The filter with each of its times passed through `change`, in the order of reading. */
function mapTimes(filter: Filter, change: (us: number) => number): Filter {
  switch (filter.type) {
    case "and":
    case "or":
      return { ...filter, terms: filter.terms.map((term) => mapTimes(term, change)) };
    case "not":
      return { ...filter, term: mapTimes(filter.term, change) };
    case "span":
      return { ...filter, where: mapTimes(filter.where, change) };
    case "compare":
      return isTime(filter)
        ? { ...filter, values: filter.values.map((value) => change(Number(value))) }
        : filter;
    case "all":
      return filter;
  }
}

function shapeOf(kind: string, query: SearchQuery): { shape: string; times: readonly number[] } {
  const times: number[] = [];
  const timeless = mapTimes(query.filter, (us) => {
    times.push(us);
    return 0;
  });
  const text = JSON.stringify([kind, query.projectId, query.order, timeless]);
  return { shape: createHash("sha256").update(text).digest("base64url").slice(0, 16), times };
}

const wrong = () =>
  invalidInput(
    "The cursor is not one of this query's",
    "Use `next` of this query's last page with the same filter, order and project, or leave the cursor out to begin again.",
  );

function decode(cursor: string): z.infer<typeof Parts> {
  try {
    return Parts.parse(JSON.parse(Buffer.from(cursor.slice(0, 10_000), "base64url").toString("utf8")));
  } catch {
    throw wrong();
  }
}

export interface Continuation {
  /** With the times of the first page, so that `since 24h` means the same on each. */
  readonly filter: Filter;
  readonly after: Position | undefined;
  /** The cursor for the page after the one that ends here. */
  next(position: Position): string;
}

/**
 * Reads a query's cursor. A cursor fits one query: kind, project, order and filter; times in the filter may have
 * moved on by no more than what passed since the first page. Throws `invalid_input` for any other.
 */
export function continueQuery(kind: "traces" | "sessions", query: SearchQuery): Continuation {
  const { shape, times } = shapeOf(kind, query);
  const next = (madeMs: number, first: readonly number[]) => (last: Position) =>
    Buffer.from(JSON.stringify([shape, madeMs, first, last.value, last.id])).toString("base64url");
  if (query.cursor === undefined)
    return { filter: query.filter, after: undefined, next: next(Date.now(), times) };
  const [madeFor, madeMs, first, value, id] = decode(query.cursor);
  const passedUs = (Date.now() - madeMs + SLACK_MS) * 1000;
  const moved = times.map((us, index) => us - (first[index] ?? Number.NaN));
  if (madeFor !== shape || first.length !== times.length) throw wrong();
  if (!moved.every((us) => us >= 0 && us <= passedUs)) throw wrong();
  const left = [...first];
  return {
    filter: mapTimes(query.filter, (us) => left.shift() ?? us),
    after: { value, id },
    next: next(madeMs, first),
  };
}
