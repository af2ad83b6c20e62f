import type { ResolvedJudge } from "../../model/judge.ts";
import type { JudgedItem } from "../../model/judged-item.ts";
import { turnBegunBy } from "./conversation-text.ts";
import { cutMiddle, type Marker, shortenBlocks } from "./fit-text.ts";
import { longItem } from "./long-item.ts";
import type { Question, QuestionOptions } from "./question.ts";

/**
 * Questions about an item that is too long for one: each is shown the next part of it and the notes on the parts before,
 * which its answer replaces; the last one decides. So many and no more, whatever is answered.
 */
export interface Chain {
  readonly length: number;
  /** `notes`: what the answer to the question before came to; empty for the first. */
  question(index: number, notes: string): Question;
}

/** Questions about one item at most. The assistant's are smaller, since each must fit an answer of 8 kB. */
export const MOST_PARTS = { llm: 8, assistant: 16 } as const;

const SHRINK = 0.9;

/** Entries in order, as many together as there is room for. */
function pack(blocks: readonly string[], room: number): string[][] {
  const parts: string[][] = [];
  let left = 0;
  for (const block of blocks) {
    const last = parts.at(-1);
    if (last === undefined || block.length + 1 > left) {
      parts.push([block]);
      left = room - block.length - 1;
    } else {
      last.push(block);
      left -= block.length + 1;
    }
  }
  return parts;
}

/** At most `most` parts of at most `room` characters: long entries are shortened, and if need be middle ones left out. */
function partsOf(blocks: readonly string[], room: number, most: number, marker: Marker) {
  const capped = blocks.map((block) => cutMiddle(block, room - 1, marker));
  const cutBefore = capped.reduce((sum, { cut }) => sum + cut, 0);
  const texts = capped.map(({ text }) => text);
  for (let max = room * most; ; max = Math.floor(max * SHRINK)) {
    const short = shortenBlocks(texts, max, marker);
    const parts = pack(short.blocks, room);
    if (parts.length <= most || short.blocks.length <= 1) return { parts, cut: cutBefore + short.cut };
  }
}

/** In which turn each part begins, where its first entry does not say. */
function beginnings(parts: readonly (readonly string[])[]): readonly (number | undefined)[] {
  let turn: number | undefined;
  return parts.map((blocks) => {
    const begins = turnBegunBy(blocks[0] ?? "") === undefined ? turn : undefined;
    for (const block of blocks) turn = turnBegunBy(block) ?? turn;
    return begins;
  });
}

/** The chain of questions about an item; null when one question is enough, or when nothing of it comes in parts. */
export function chainFor(judge: ResolvedJudge, item: JudgedItem, options: QuestionOptions): Chain | null {
  const long = longItem(judge, item, ["notes", "verdict"], options);
  if (long === null || long.fits) return null;
  const most = MOST_PARTS[judge.kind === "assistant" ? "assistant" : "llm"];
  const { parts, cut } = partsOf(long.blocks, long.room, most, long.marker);
  if (parts.length < 2) return null;
  const begins = beginnings(parts);
  return {
    length: parts.length,
    question(index, notes) {
      const turn = begins[index];
      const isLast = index === parts.length - 1;
      const head = [
        `Part ${index + 1} of ${parts.length}${isLast ? ", the last" : ""}.`,
        ...(turn === undefined ? [] : [`It begins within turn ${turn}.`]),
        ...(index > 0 ? ["[notes] holds what was noted on the parts before."] : []),
      ];
      return long.question({
        blocks: parts[index] ?? [],
        head: head.join(" "),
        wants: isLast ? "verdict" : "notes",
        ...(index > 0 ? { notes } : {}),
        cuts: cut > 0 ? [{ what: long.name, chars: cut }] : [],
        first: index === 0,
        named: {
          part: isLast ? "item" : `part ${index + 1}`,
          places: isLast ? [{ spanId: null, turn: null }] : [],
        },
      });
    },
  };
}
