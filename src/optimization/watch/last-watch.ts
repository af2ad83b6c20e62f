import type { Context } from "../../context.ts";
import { WatchResult } from "../../model/watch.ts";

const MOST = 500;

/** The newest result of watching a proposal, and how many looks have been spent on it; null: it was not watched yet. */
export async function lastWatch(
  { store, project }: Pick<Context, "store" | "project">,
  proposal: string,
): Promise<{ readonly result: WatchResult; readonly looks: number } | null> {
  const { items } = await store.records.versions.list({
    projectId: project.id,
    kind: "watch",
    name: proposal,
    limit: MOST,
  });
  const results = items.map(({ body }) => WatchResult.parse(body));
  const newest = results.reduce<WatchResult | null>((a, b) => (a === null || b.atUs > a.atUs ? b : a), null);
  return (
    newest && { result: newest, looks: results.reduce((most, { look }) => Math.max(most, look ?? 0), 0) }
  );
}
