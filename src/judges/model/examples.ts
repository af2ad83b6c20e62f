import type { JudgedItem } from "../../model/judged-item.ts";
import type { Message } from "../../model/message.ts";
import { valueText } from "../../reading/message-text.ts";
import { createWriter } from "./writer.ts";

/** A labelled example as it is shown beside an item. */
export interface ShownExample {
  readonly text: string;
  readonly label: string;
}

/** How many are shown beside one item. */
const SHOWN = 3;
const SAMPLE_CHARS = 20_000;

const said = ({ role, parts }: Message, clean: (text: string) => string): string[] => {
  const text = parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
  return text.trim() === "" || role === "system" ? [] : [`${role}: ${clean(text)}`];
};

/** What an item is about, in words: of a conversation what was said, else what was asked and answered. */
export function itemWords(item: JudgedItem, isWhole: boolean): string {
  const { clean } = createWriter(() => "");
  const lines = isWhole
    ? item.conversation.flatMap((message) => said(message, clean))
    : [`asked: ${clean(valueText(item.inputs))}`, `answered: ${clean(valueText(item.output))}`];
  return lines.join("\n").slice(-SAMPLE_CHARS);
}

const wordsOf = (text: string): ReadonlySet<string> =>
  new Set(
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [],
  );

/** Jaccard similarity of two sets of words. */
function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const word of a) if (b.has(word)) shared += 1;
  return shared === 0 ? 0 : shared / (a.size + b.size - shared);
}

/**
 * The examples most like an item, by the words that they share; where those have one label, the last gives way to the
 * nearest of another one, since examples of one label alone would tell which to choose.
 */
export function nearestExamples<T extends ShownExample>(text: string, examples: readonly T[]): readonly T[] {
  const words = wordsOf(text);
  const ranked = examples
    .map((example, i) => ({ example, i, near: similarity(words, wordsOf(example.text)) }))
    .sort((a, b) => b.near - a.near || a.i - b.i)
    .map(({ example }) => example);
  const nearest = ranked.slice(0, SHOWN);
  const other = ranked.find(({ label }) => label !== nearest[0]?.label);
  if (!other || nearest.includes(other) || new Set(nearest.map(({ label }) => label)).size > 1)
    return nearest;
  return [...nearest.slice(0, SHOWN - 1), other];
}
