import { notFound } from "../errors.ts";
import { LabelSample } from "../model/label-sample.ts";
import type { VersionStore } from "../store/version-store.ts";
import type { LabelledItem } from "./labelled-item.ts";

/**
 * A sample of items to label, by its number among the judge's.
 * @throws AppError `not_found` with what makes one.
 */
export async function findSample(
  versions: VersionStore,
  projectId: string,
  judge: string,
  number: number,
): Promise<LabelSample> {
  const record = await versions.get(projectId, "label_sample", judge, number);
  const parsed = LabelSample.safeParse(record?.body);
  if (parsed.success) return parsed.data;
  throw notFound("sample", String(number), "calibrate_judge with mode label_next draws one.");
}

/** Labelled items of a sample, each weighted by how many of its stratum it stands for; and how many are of no sample. */
export function weightedBySample(items: readonly LabelledItem[], sample: LabelSample) {
  const strata = new Map(sample.items.map(({ id, stratum }) => [id, stratum]));
  const inside = items.filter(({ id }) => strata.has(id));
  const looked = Map.groupBy(inside, ({ id }) => strata.get(id));
  const weighted = inside.map((item): LabelledItem => {
    const stratum = strata.get(item.id);
    const size = sample.strata[stratum ?? -1]?.size ?? 1;
    return { ...item, weight: size / (looked.get(stratum)?.length ?? 1) };
  });
  return { items: weighted, outside: items.length - inside.length };
}
