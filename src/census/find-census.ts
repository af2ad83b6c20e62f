import type { Context } from "../context.ts";
import { invalidInput, notFound } from "../errors.ts";
import { Census, type IssueKind } from "../model/census.ts";
import type { Json } from "../model/json.ts";
import { parseReference } from "../reference.ts";

export interface FoundCensus {
  readonly census: Census;
  readonly version: number;
  /** Of `ID/KIND`. */
  readonly kind: string | null;
}

/** @throws AppError `invalid_input` for one that another version made. */
export function readCensus(body: Json): Census {
  const parsed = Census.safeParse(body);
  if (parsed.success) return parsed.data;
  throw invalidInput("This census was made by another version of Evalwright", "Make a new one.");
}

/**
 * A census by `ID`, `ID@VERSION`, or either with `/KIND`.
 * @throws AppError `not_found` with where ids come from.
 */
export async function findCensus(
  { store, project }: Pick<Context, "store" | "project">,
  reference: string,
): Promise<FoundCensus> {
  const [id = "", kind = null] = reference.split("/");
  const { name, version } = parseReference(id);
  const record = await store.records.versions.get(project.id, "census", name, version);
  if (!record)
    throw notFound("census", id, "list_records with kind census lists them; find_issues makes one.");
  return { census: readCensus(record.body), version: record.version, kind };
}

/** @throws AppError `not_found` with the kinds that there are. */
export function kindOf({ kinds, id }: Census, kindId: string): IssueKind {
  const found = kinds.find((one) => one.id === kindId);
  if (found) return found;
  throw notFound("kind", kindId, `Kinds of ${id}: ${kinds.map((kind) => kind.id).join(", ")}.`);
}
