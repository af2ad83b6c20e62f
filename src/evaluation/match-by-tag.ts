import type { Context } from "../context.ts";
import { invalidInput } from "../errors.ts";
import { acceptFilter } from "../registry/accept-filter.ts";
import type { RecordedMatch } from "./recorded.ts";

const MOST = 20_000;

/**
 * The sessions that match, by the value of a tag, each list in order of start: fixed when the evaluation begins.
 * @throws AppError `invalid_input` for a filter that does not parse, or when no session has the tag.
 */
export async function matchByTag(
  context: Pick<Context, "store" | "project" | "now">,
  { filter, tag }: { readonly filter: string; readonly tag: string },
): Promise<RecordedMatch> {
  const parsed = await acceptFilter(context, filter, "session");
  const sessions: Record<string, string[]> = {};
  let cursor: string | undefined;
  let seen = 0;
  do {
    const page = await context.store.traces.searchSessions({
      projectId: context.project.id,
      filter: parsed,
      order: "oldest",
      limit: 500,
      cursor,
    });
    for (const { sessionId, tags } of page.items) {
      const value = tags[tag];
      if (value !== undefined) sessions[value] = [...(sessions[value] ?? []), sessionId];
    }
    seen += page.items.length;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && seen < MOST);
  if (cursor !== undefined)
    throw invalidInput(
      `More than ${MOST} sessions match recordedFilter`,
      "Narrow it: which sessions are of this run, by time or by a tag.",
    );
  if (Object.keys(sessions).length === 0)
    throw invalidInput(
      `None of the ${seen} sessions that match has the tag "${tag.slice(0, 80)}"`,
      "Label files set tags on sessions: import_traces takes them.",
    );
  return { by: "tag", tag, sessions };
}
