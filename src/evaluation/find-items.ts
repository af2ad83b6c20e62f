import type { Context } from "../context.ts";
import type { Omission } from "../model/answer.ts";
import { realUse } from "../reading/real-use.ts";
import { acceptFilter } from "../registry/accept-filter.ts";
import { hashRandom } from "../statistics/random.ts";

export interface ItemQuery {
  readonly filter?: string | undefined;
  readonly level: "traces" | "sessions";
  /** At most so many: the newest, or with `sample` that many drawn from all. */
  readonly limit: number;
  readonly sample: boolean;
}

export interface FoundItem {
  readonly id: string;
  /** Its session, so far as it has one. */
  readonly cluster: string;
}

export interface FoundItems {
  readonly items: readonly FoundItem[];
  readonly matching: number | null;
  /** Runs of evaluations that match too. */
  readonly omitted: readonly Omission[];
}

/** Looked at for a sample. */
const MOST_SEEN = 50_000;

/** Drawn by a hash of the id: the same again, and a larger sample holds the smaller one. */
export const drawn = <T extends { readonly id: string }>(
  items: readonly T[],
  count: number,
  seed: string,
  purpose: string,
): T[] =>
  items
    .map((item) => ({ item, key: hashRandom(seed, `${purpose}:${item.id}`, 0) }))
    .sort((a, b) => a.key - b.key)
    .slice(0, count)
    .map(({ item }) => item);

/**
 * Traces or sessions of real use that match (a filter that names evaluations has these); sealed ones are not among them.
 * @throws AppError `invalid_input` for what is no filter.
 */
export async function findItems(
  context: Pick<Context, "store" | "project" | "now">,
  query: ItemQuery,
): Promise<FoundItems> {
  const level = query.level === "sessions" ? ("session" as const) : ("trace" as const);
  const asked = await acceptFilter(context, query.filter ?? "", level);
  const { filter, omitted } = await realUse(context.store.traces, context.project.id, asked, level);
  const wanted = query.sample ? MOST_SEEN : query.limit;
  const items: FoundItem[] = [];
  let matching: number | null = null;
  let cursor: string | undefined;
  do {
    const search = {
      projectId: context.project.id,
      filter,
      order: "newest" as const,
      limit: Math.min(500, wanted - items.length),
      cursor,
    };
    const page =
      level === "session"
        ? await context.store.traces.searchSessions(search)
        : await context.store.traces.searchTraces(search);
    matching ??= page.total;
    for (const item of page.items)
      items.push(
        "turns" in item
          ? { id: item.sessionId, cluster: item.sessionId }
          : { id: item.traceId, cluster: item.sessionId ?? item.traceId },
      );
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && items.length < wanted);
  const shown = query.sample ? drawn(items, query.limit, context.project.id, "judging") : items;
  return { items: shown, matching, omitted };
}
