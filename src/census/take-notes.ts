import { type JudgingTools, judgeItem } from "../evaluation/judge-item.ts";
import type { Held } from "../evaluation/pipeline.ts";
import { recordedItem, recordingOf } from "../evaluation/recorded-item.ts";
import { forEachConcurrent } from "../for-each.ts";
import { type Census, Layer } from "../model/census.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { Store } from "../store/store.ts";
import { NOTHING } from "./note-judge.ts";

/** What a model or the assistant wrote about one unit; `layer` null: nothing went wrong. */
export interface Note {
  readonly unit: number;
  readonly layer: Layer | null;
  /** Untrusted. */
  readonly text: string;
}

export interface Notes {
  readonly notes: readonly Note[];
  readonly held: readonly Held[];
  /** Asked in vain: no verdict came back. */
  readonly unanswered: number;
}

const AT_ONCE = 16;
const MAX_NOTE = 400;

/** Asks about each of the units once, through the ledger. */
export async function takeNotes(
  store: Store,
  judge: ResolvedJudge,
  census: Pick<Census, "units" | "level">,
  chosen: readonly number[],
  judging: JudgingTools,
  onDone: () => void,
): Promise<Notes> {
  const notes: Note[] = [];
  const held: Held[] = [];
  let unanswered = 0;
  await forEachConcurrent(chosen, AT_ONCE, async (unit) => {
    judging.signal.throwIfAborted();
    const id = census.units.ids[unit] ?? "";
    const where = census.level === "sessions" ? { sessionId: id } : { traceId: id };
    // A holdout may have been drawn since the census began.
    const isSealed = await store.records.datasets.isSealed(judging.projectId, where);
    const recorded = isSealed ? null : await recordedItem(store, judging.projectId, where);
    const said = recorded && (await judgeItem(judge, recorded.item, [where], judging, recordingOf(where)));
    onDone();
    if (said === "pending" || said === "over_budget") held.push(said);
    else if (said?.state !== "scored") unanswered += 1;
    else {
      const layer = said.label === NOTHING ? null : Layer.safeParse(said.label).data;
      if (layer === undefined) unanswered += 1;
      else notes.push({ unit, layer, text: (said.rationale ?? "").slice(0, MAX_NOTE) });
    }
  });
  return { notes: notes.sort((a, b) => a.unit - b.unit), held, unanswered };
}
