import { CalibrationCard } from "../model/calibration.ts";
import type { VersionStore } from "../store/version-store.ts";

/** The newest card of just this judge: another version has another hash and needs a card of its own. */
export async function findCard(
  versions: VersionStore,
  projectId: string,
  judgeHash: string,
): Promise<CalibrationCard | null> {
  const record = await versions.get(projectId, "calibration", judgeHash);
  return record ? (CalibrationCard.safeParse(record.body).data ?? null) : null;
}

const MOST = 20;

/** All cards of a judge, newest first. */
export async function listCards(
  versions: VersionStore,
  projectId: string,
  judgeHash: string,
): Promise<readonly CalibrationCard[]> {
  const { items } = await versions.list({ projectId, kind: "calibration", name: judgeHash, limit: MOST });
  return items.flatMap(({ body }) => CalibrationCard.safeParse(body).data ?? []);
}
