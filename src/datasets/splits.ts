import type { Example, Split } from "../model/example.ts";
import { hashRandom } from "../statistics/random.ts";
import type { Store } from "../store/store.ts";
import { type Draft, groupOf, hashOfContent, idOf } from "./draft.ts";

/** Shares of groups; what is not sealed goes to train and validation in the same proportion. */
const TRAIN = 0.4;
const VALIDATION = 0.3;
/** With fewer examples a sealed part could show nothing. */
export const LEAST_FOR_HOLDOUT = 30;

export interface SplitOptions {
  /** Undefined: sealed when there are at least 30 examples. */
  readonly holdout?: boolean | undefined;
  /** Record what was drawn; else it is only what would be. */
  readonly record: boolean;
}

/** Drawn by the project's id and the group alone: the same in every version and dataset. */
function drawn(projectId: string, group: string, sealing: boolean): Split {
  const u = hashRandom(projectId, `split:${group}`, 0);
  if (sealing && u >= TRAIN + VALIDATION) return "holdout";
  const share = u >= TRAIN + VALIDATION ? (u - TRAIN - VALIDATION) / (1 - TRAIN - VALIDATION) : null;
  if (share !== null) return share < TRAIN / (TRAIN + VALIDATION) ? "train" : "validation";
  return u < TRAIN ? "train" : "validation";
}

/**
 * Gives drafts their ids, hashes and splits. A group that has a split keeps it. Sessions whose text a read tool has
 * already shown are not drawn for the holdout while others exist: their text may have shaped a candidate.
 */
export async function withSplits(
  store: Store,
  projectId: string,
  drafts: readonly Draft[],
  options: SplitOptions,
): Promise<readonly Example[]> {
  const sealing = options.holdout ?? drafts.length >= LEAST_FOR_HOLDOUT;
  const sessions = [...new Set(drafts.flatMap(({ content }) => content.origin.sessionId ?? []))];
  const opened = await store.records.datasets.opened(projectId, sessions);
  const isOpened = (draft: Draft) => opened.has(draft.content.origin.sessionId ?? "");
  const seenGroups = new Set(drafts.filter(isOpened).map(groupOf));
  const othersExist = drafts.some((draft) => !seenGroups.has(groupOf(draft)));
  const stated = new Map(
    drafts.flatMap((draft) => (draft.split ? [[groupOf(draft), draft.split] as const] : [])),
  );
  const groups = [...new Set(drafts.map(groupOf))].map((group) => ({
    group,
    proposed:
      stated.get(group) ?? drawn(projectId, group, sealing && !(othersExist && seenGroups.has(group))),
  }));
  const { datasets } = store.records;
  const assigned = options.record
    ? await datasets.assignSplits(projectId, groups)
    : (
        await datasets.findSplits(
          projectId,
          groups.map(({ group }) => group),
        )
      ).map((split, i) => split ?? groups[i]?.proposed);
  const splitOf = new Map(groups.map(({ group }, i) => [group, assigned[i] ?? "train"]));
  return unique(
    drafts.map((draft) => {
      const group = groupOf(draft);
      return {
        ...draft.content,
        id: idOf(draft),
        hash: hashOfContent(draft.content),
        group,
        split: splitOf.get(group) ?? "train",
      };
    }),
  );
}

/** Two users may ask the very same: both stay, under ids of their own. */
function unique(examples: readonly Example[]): Example[] {
  const taken = new Map<string, number>();
  return examples.map((example) => {
    const count = (taken.get(example.id) ?? 0) + 1;
    taken.set(example.id, count);
    return count === 1 ? example : { ...example, id: `${example.id}-${count}` };
  });
}
