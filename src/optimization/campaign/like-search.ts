import { findNearDuplicates } from "../../datasets/near-duplicates.ts";
import type { Example } from "../../model/example.ts";

/**
 * What a holdout cannot tell of requests that are unlike all others: how many of its examples ask nearly what an example
 * of the search asks. Their splits differ because nothing said that they belong together.
 * @returns words for a reader; null where there is no such example.
 */
export async function likeSearchWords(examples: readonly Example[]): Promise<string | null> {
  const sealed = new Set(examples.flatMap(({ id, split }) => (split === "holdout" ? [id] : [])));
  const { pairs, complete } = await findNearDuplicates(examples);
  const like = new Set(
    pairs.flatMap(({ a, b }) => (sealed.has(a) === sealed.has(b) ? [] : [sealed.has(a) ? a : b])),
  );
  if (like.size === 0) return null;
  const count = `${complete ? "" : "at least "}${like.size} of ${sealed.size}`;
  return `${count} sealed examples ask nearly what examples of the search ask: the verdict is of requests like those, and says less of others; a group for each kind of request keeps them in one split`;
}
