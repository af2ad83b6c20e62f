import type { Context } from "../context.ts";
import { invalidInput } from "../errors.ts";
import { findItems } from "../evaluation/find-items.ts";
import type { LabelNextInput } from "./label-next.ts";
import { findLabels } from "./labels.ts";
import { type CalibrateJudge, judgeOf, labelQueryOf, type Planned } from "./plan.ts";

export interface PlanLabelNext extends CalibrateJudge {
  readonly count: number;
  readonly beside?: readonly string[] | undefined;
}

/**
 * What could be labelled next, pinned before anything is judged.
 * @throws AppError for an unknown judge, one of pairs, a dataset, or a filter that nothing matches.
 */
export async function planLabelNext(
  context: Pick<Context, "store" | "project" | "now">,
  input: PlanLabelNext,
): Promise<Planned<LabelNextInput>> {
  if (input.dataset !== undefined)
    throw invalidInput(
      "label_next draws traces or sessions, not examples of a dataset",
      "Leave dataset out.",
    );
  const named = await Promise.all(
    [input.judge, ...(input.beside ?? [])].map((name) => judgeOf(context, name)),
  );
  const [first] = named;
  if (!first) throw new Error("a sample is drawn for a judge");
  const pair = named.find(({ judge }) => judge.level === "pair");
  if (pair)
    throw invalidInput(`Judge ${pair.judge.name} compares two answers`, "Name judges of single items.");
  const query = await labelQueryOf(context, first.judge, { ...input, sample: undefined });
  const found = await findLabels(context, first.judge, { ...query, filter: null });
  const usual = first.judge.level === "session" ? ("sessions" as const) : ("traces" as const);
  const level = input.level ?? (found.items.length > 0 ? found.level : null) ?? usual;
  const filter = input.population ?? input.filter ?? null;
  const { items, matching, omitted } = await findItems(context, {
    filter: filter ?? undefined,
    level,
    limit: input.limit,
    sample: true,
  });
  if (items.length === 0)
    throw invalidInput(`No ${level} match`, "search_traces with the same filter shows where data is.");
  return {
    input: {
      judges: named.map(({ judge }) => judge),
      labels: query.name,
      level,
      filter,
      frame: items.map(({ id, cluster }) => ({ id, cluster })),
      matching,
      labelled: [...found.items],
      count: input.count,
      repository: first.repository,
    },
    omitted,
  };
}
