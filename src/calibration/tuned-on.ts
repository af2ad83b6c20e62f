import { Alignment } from "../model/alignment.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { VersionStore } from "../store/version-store.ts";

const MOST = 500;

/** All attempts to align a judge, newest first. */
export async function alignmentsOf(
  versions: VersionStore,
  projectId: string,
  judge: string,
): Promise<readonly Alignment[]> {
  const { items } = await versions.list({ projectId, kind: "alignment", name: judge, limit: MOST });
  return items.flatMap(({ body }) => Alignment.safeParse(body).data ?? []);
}

/** Labels that this version of a judge, or an earlier one that it may go back to, was tuned on. */
export async function tunedOn(
  versions: VersionStore,
  projectId: string,
  { name, version }: ResolvedJudge,
): Promise<ReadonlySet<string>> {
  const kept = (await alignmentsOf(versions, projectId, name)).filter(
    (one) => one.version !== null && version !== null && one.version <= version,
  );
  return new Set(kept.flatMap(({ trainingLabels }) => trainingLabels));
}
