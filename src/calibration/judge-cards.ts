import { AppError } from "../errors.ts";
import { resolveJudge } from "../judges/resolve.ts";
import { judgeSurroundings } from "../judges/save.ts";
import { CalibrationCard } from "../model/calibration.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { JudgeSpec, type ResolvedJudge } from "../model/judge.ts";
import type { VersionedRecord, VersionStore } from "../store/version-store.ts";
import { calibrationWords, cardData } from "./card-words.ts";
import { findCard, listCards } from "./find-card.ts";

/** As the judge would be used here and now; null: it cannot be, for want of its endpoint or program. */
async function resolved(spec: JudgeSpec | string, version: number | null): Promise<ResolvedJudge | null> {
  try {
    return await resolveJudge(spec, await judgeSurroundings(), version);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

/** What the list of saved judges says of each. */
export async function savedCalibration(
  versions: VersionStore,
  projectId: string,
  { body, version }: VersionedRecord,
): Promise<string> {
  const spec = JudgeSpec.safeParse(body);
  const judge = spec.success ? await resolved(spec.data, version) : null;
  if (judge === null) return "cannot be used here";
  const card = await findCard(versions, projectId, judge.hash);
  return calibrationWords(card, judge.kind, Date.now() * 1_000);
}

const MOST = 50;

/** Built-in judges, used as they are, that were calibrated: newest first. */
export async function builtinCalibrations(versions: VersionStore, projectId: string): Promise<Json[][]> {
  const { items } = await versions.list({ projectId, kind: "calibration", limit: MOST });
  return items.flatMap(({ body }): Json[][] => {
    const card = CalibrationCard.safeParse(body).data;
    return card?.version === null
      ? [[card.judge, calibrationWords(card, card.kind, Date.now() * 1_000)]]
      : [];
  });
}

/** One judge's newest card whole, and the figures of the earlier ones. */
export async function calibrationOf(
  versions: VersionStore,
  projectId: string,
  spec: JudgeSpec | string,
  version: number | null,
): Promise<{ readonly words: string; readonly card: JsonObject | undefined; readonly earlier: string[] }> {
  const judge = await resolved(spec, version);
  if (judge === null)
    return { words: "unknown: the judge cannot be used here", card: undefined, earlier: [] };
  const cards = await listCards(versions, projectId, judge.hash);
  const [newest, ...others] = cards;
  const now = Date.now() * 1_000;
  return {
    words: calibrationWords(newest ?? null, judge.kind, now),
    card: newest && cardData(newest),
    earlier: others.map((card) => calibrationWords(card, card.kind, now)),
  };
}
