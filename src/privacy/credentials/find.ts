import { ownRules } from "./own-rules.ts";
import type { CredentialRule, Hit } from "./rule.ts";
import { secretlintRules } from "./secretlint.ts";

/** Own rules come last: where two see the same secret, the better known name is given. */
export const rules: readonly CredentialRule[] = [...secretlintRules, ...ownRules];

const readingAll = rules.filter((rule) => rule.triggers === null);
const triggers = [...new Set(rules.flatMap((rule) => rule.triggers ?? []))];

/** Shorter texts hold no credential that any rule knows. */
const SHORTEST = 12;

/** No trigger looks at more characters than this, but for white space, which ends at a list's brace. */
export const TRIGGER_REACH = 512;

const NO_HITS: readonly Hit[] = [];

/** True: no rule would find anything in the text. False says nothing. */
export const hasNoTrigger = (text: string): boolean =>
  readingAll.length === 0 && !triggers.some((trigger) => trigger.test(text));

/** All credentials in a text, in order, without overlap. */
export function findCredentials(text: string): readonly Hit[] {
  if (text.length < SHORTEST || hasNoTrigger(text)) return NO_HITS;
  const fired = triggers.filter((trigger) => trigger.test(text));
  const hits = rules
    .filter((rule) => rule.triggers === null || rule.triggers.some((trigger) => fired.includes(trigger)))
    .flatMap((rule) => rule.find(text));
  return hits.length === 0 ? hits : merge(hits);
}

/** Overlapping finds become one; the first found gives the name. */
function merge(hits: readonly Hit[]): Hit[] {
  const ordered = hits
    .map((hit, rank) => ({ hit, rank }))
    .sort((a, b) => a.hit.start - b.hit.start || a.rank - b.rank);
  const merged: { hit: Hit; rank: number }[] = [];
  for (const next of ordered) {
    const last = merged.at(-1);
    if (!last || next.hit.start >= last.hit.end) {
      merged.push(next);
      continue;
    }
    const first = next.rank < last.rank ? next : last;
    const hit = { name: first.hit.name, start: last.hit.start, end: Math.max(last.hit.end, next.hit.end) };
    merged[merged.length - 1] = { hit, rank: first.rank };
  }
  return merged.map((entry) => entry.hit);
}
