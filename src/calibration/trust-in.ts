import type { Assessment } from "../model/assessment.ts";
import { CalibrationCard } from "../model/calibration.ts";
import type { VersionStore } from "../store/version-store.ts";
import { calibrationWords, NOT_CALIBRATED } from "./card-words.ts";

const MOST = 500;

/** A judge's feedback names it: `solved@2 1f0c9a44 gpt-5`. */
const HASH = /^\S+ ([0-9a-f]{8})(?: |$)/;

/** What is known of the model judge that gave feedback; undefined where none of ours did. */
export async function trustInFeedback(
  versions: VersionStore,
  projectId: string,
): Promise<(assessment: Assessment) => string | undefined> {
  const { items } = await versions.list({ projectId, kind: "calibration", limit: MOST });
  const now = Date.now() * 1_000;
  const words = new Map(
    items.flatMap(({ name, body }) => {
      const card = CalibrationCard.safeParse(body).data;
      return card ? [[name.slice(0, 8), calibrationWords(card, card.kind, now)] as const] : [];
    }),
  );
  return ({ source, sourceId }) => {
    const hash = HASH.exec(sourceId ?? "")?.[1];
    if (hash === undefined || (source !== "llm_judge" && source !== "coding_agent")) return undefined;
    return words.get(hash) ?? NOT_CALIBRATED;
  };
}
