import { since, type TextList } from "../model/text-list.ts";
import { hasNoTrigger, TRIGGER_REACH } from "./credentials/find.ts";

/**
 * Tells lists in which there is nothing that a credential could begin with, reading only what a list adds to the one
 * that it goes on from, and as much before it as a trigger may look at. What is not clean may still hold no
 * credential: its whole text has to be read.
 */
export function createCleanLists(): (list: TextList) => boolean {
  const known = new WeakMap<TextList, boolean>();
  return (list) => {
    const { base, added } = since(list, (ancestor) => known.has(ancestor));
    let clean = base === null || known.get(base) === true;
    for (const next of added) {
      clean &&= hasNoTrigger(`${before(next)}${next.tail}]`);
      known.set(next, clean);
    }
    return clean;
  };
}

/** The end of what the parents hold. */
function before(list: TextList): string {
  let text = "";
  for (let parent = list.parent; parent && text.length < TRIGGER_REACH; parent = parent.parent)
    text = parent.tail.slice(-TRIGGER_REACH) + text;
  return text;
}
