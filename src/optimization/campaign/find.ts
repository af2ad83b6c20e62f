import type { Context } from "../../context.ts";
import { AppError, invalidInput, notFound } from "../../errors.ts";
import type { Optimization } from "../../model/optimization.ts";
import { OptimizationSummary } from "../../model/optimization-summary.ts";
import { StoredEvent } from "./events.ts";

type Finding = Pick<Context, "store" | "project">;

const PAGE = 500;

/**
 * The campaign with this id.
 * @throws AppError `not_found` with the newest ones.
 */
export async function findOptimization({ store, project }: Finding, id: string): Promise<Optimization> {
  const { optimizations } = store.records;
  const found = await optimizations.get(project.id, id);
  if (found) return found;
  const { items } = await optimizations.list({ projectId: project.id, limit: 5 });
  if (items.length === 0)
    throw notFound("optimization", id, "There is none yet: start_optimization makes one.");
  throw new AppError("not_found", `No optimization "${id.slice(0, 80)}" in this project`, {
    hint: `The newest: ${items.map((item) => item.id).join(", ")}.`,
  });
}

/** All that happened in a campaign from a number on, in logical order. */
export async function readEvents({ store, project }: Finding, id: string, from = 0): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (;;) {
    const page = await store.records.optimizations.readEvents({
      projectId: project.id,
      id,
      from: from + events.length,
      limit: PAGE,
    });
    events.push(...page.map(({ event }) => StoredEvent.parse(event)));
    if (page.length < PAGE) return events;
  }
}

/**
 * What an ended campaign came to.
 * @throws AppError `invalid_input` while it has not ended.
 */
export function summaryOf(optimization: Optimization): OptimizationSummary {
  const parsed = OptimizationSummary.safeParse(optimization.summary);
  if (optimization.endedUs !== null && parsed.success) return parsed.data;
  throw invalidInput(
    `Optimization ${optimization.id} has not ended`,
    `get_job with ${optimization.jobId} shows how far it is; finish_optimization ends it.`,
  );
}
