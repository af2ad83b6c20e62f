import type { ResolvedJudge } from "../../model/judge.ts";
import type { JudgedItem } from "../../model/judged-item.ts";
import type { Cut } from "../../model/verdict.ts";
import { messageTurns } from "../turns.ts";
import { turnBegunBy } from "./conversation-text.ts";
import { fitBlocks, shortenBlocks } from "./fit-text.ts";
import { type LongItem, longItem } from "./long-item.ts";
import type { Question, QuestionOptions } from "./question.ts";

/** Turns that one question asks about, unless there would be more questions than these. */
const TURNS_AT_ONCE = 20;
export const MOST_TURN_QUESTIONS = 24;
/** Of the room of a question, what the turns before those asked about may take. */
const CONTEXT_SHARE = 0.25;

interface Turn {
  readonly turn: number;
  readonly blocks: readonly string[];
}

function turnsIn(blocks: readonly string[], first: number): readonly Turn[] {
  const turns: { turn: number; blocks: string[] }[] = [];
  for (const block of blocks) {
    const begun = turnBegunBy(block);
    const last = turns.at(-1);
    if (last === undefined || begun !== undefined) turns.push({ turn: begun ?? first, blocks: [block] });
    else last.blocks.push(block);
  }
  return turns;
}

const sizeOf = ({ blocks }: Turn): number => blocks.reduce((sum, block) => sum + block.length + 1, 0);

/** Neighbouring turns together, as many as there is room for, in at most `MOST_TURN_QUESTIONS` batches. */
function batchesOf(turns: readonly Turn[], room: number): readonly (readonly Turn[])[] {
  const batches: Turn[][] = [];
  let left = 0;
  for (const turn of turns) {
    const last = batches.at(-1);
    const size = sizeOf(turn);
    if (last === undefined || last.length >= TURNS_AT_ONCE || size > left) {
      batches.push([turn]);
      left = room - size;
    } else {
      last.push(turn);
      left -= size;
    }
  }
  if (batches.length <= MOST_TURN_QUESTIONS) return batches;
  const each = Math.ceil(turns.length / MOST_TURN_QUESTIONS);
  return Array.from({ length: Math.ceil(turns.length / each) }, (_, i) =>
    turns.slice(i * each, (i + 1) * each),
  );
}

function namesOf(turns: readonly Turn[]): string {
  const numbers = turns.map(({ turn }) => turn);
  const [first] = numbers;
  return numbers.length === 1 ? `turn ${first}` : `turns ${numbers.join(", ")}`;
}

function questionAbout(
  long: LongItem & { readonly name: string },
  turns: readonly Turn[],
  before: readonly Turn[],
) {
  const context = fitBlocks(
    before.flatMap(({ blocks }) => blocks).slice(-60),
    long.room * CONTEXT_SHARE,
    long.marker,
  );
  const shown = shortenBlocks(
    turns.flatMap(({ blocks }) => blocks),
    Math.floor(long.room * (1 - CONTEXT_SHARE)),
    long.marker,
  );
  const cuts: Cut[] = shown.cut > 0 ? [{ what: long.name, chars: shown.cut }] : [];
  return long.question({
    blocks: [...(context.text === "" ? [] : [context.text]), ...shown.blocks],
    head: `Judge ${namesOf(turns)}.`,
    wants: "turns",
    cuts,
    first: true,
    named: { part: namesOf(turns), places: turns.map(({ turn }) => ({ spanId: null, turn })) },
  });
}

/**
 * Questions about all turns of a conversation, several turns each: at most `MOST_TURN_QUESTIONS`, however long it is.
 * Null for a judge that is shown no conversation.
 */
export function turnQuestions(
  judge: ResolvedJudge,
  item: JudgedItem,
  options: QuestionOptions,
): readonly Question[] | null {
  const long = longItem(judge, item, ["turns"], options);
  if (long === null) return null;
  const turns = turnsIn(long.blocks, messageTurns(item)[0] ?? 1);
  const batches = batchesOf(turns, Math.floor(long.room * (1 - CONTEXT_SHARE)));
  let seen = 0;
  return batches.map((batch) => {
    const before = turns.slice(0, seen);
    seen += batch.length;
    return questionAbout(long, batch, before);
  });
}
