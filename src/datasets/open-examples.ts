import type { Context } from "../context.ts";
import type { DatasetVersion, Example } from "../model/example.ts";
import { readAllExamples } from "./merge.ts";

type Reading = Pick<Context, "store" | "project">;

/**
 * Those of a dataset's examples that may be seen: all but the holdout, and that too once a person has retired it, less what
 * another dataset's holdout still seals.
 */
export async function openAmong(
  { store, project }: Reading,
  dataset: Pick<DatasetVersion, "retiredUs"> | undefined,
  examples: readonly Example[],
): Promise<readonly Example[]> {
  const retired = dataset !== undefined && dataset.retiredUs !== null;
  if (!retired) return examples.filter(({ split }) => split !== "holdout");
  const open: Example[] = [];
  for (const example of examples) {
    const { sessionId, traceId } = example.origin;
    const source = { ...(sessionId === null ? {} : { sessionId }), ...(traceId === null ? {} : { traceId }) };
    const isSealed =
      example.split === "holdout" &&
      Object.keys(source).length > 0 &&
      (await store.records.datasets.isSealed(project.id, source));
    if (!isSealed) open.push(example);
  }
  return open;
}

/** The same of a stored version. */
export async function openExamples(context: Reading, dataset: DatasetVersion): Promise<readonly Example[]> {
  const { name, version, retiredUs } = dataset;
  const splits =
    retiredUs === null ? (["train", "validation"] as const) : (["train", "validation", "holdout"] as const);
  const examples = await readAllExamples(context.store, context.project.id, name, version, splits);
  return openAmong(context, dataset, examples);
}
