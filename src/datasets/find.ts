import type { Context } from "../context.ts";
import { AppError, notFound } from "../errors.ts";
import type { DatasetVersion } from "../model/example.ts";
import { nearMatch } from "../near-match.ts";
import { parseReference } from "../reference.ts";

/**
 * The dataset that a reference names.
 * @throws AppError `not_found` with those that exist and a near match.
 */
export async function findDataset(
  context: Pick<Context, "store" | "project">,
  reference: string,
): Promise<DatasetVersion> {
  const { name, version } = parseReference(reference);
  const { datasets } = context.store.records;
  const found = await datasets.get(context.project.id, name, version);
  if (found) return found;
  const known = await datasets.list({ projectId: context.project.id, limit: 50 });
  const names = known.items.map((item) => `${item.name}@${item.version}`);
  if (names.length === 0) throw notFound("dataset", reference, "There is none yet: save_dataset makes one.");
  const near = nearMatch(
    name,
    known.items.map((item) => item.name),
  );
  throw new AppError("not_found", `No dataset "${reference.slice(0, 80)}"`, {
    hint: `${near ? `Did you mean "${near}"? ` : ""}There are: ${names.slice(0, 12).join(", ")}.`,
  });
}
