import type { ResolvedJudge } from "../../model/judge.ts";
import type { JudgedItem } from "../../model/judged-item.ts";
import type { Cut } from "../../model/verdict.ts";
import { costOf } from "../../reading/budget.ts";
import { markerOf } from "./fence.ts";
import { allot, fitBlocks, type Marker } from "./fit-text.ts";
import { instructionsOf, NOTES_CHARS, type Wanted } from "./frames.ts";
import { type Question, type QuestionOptions, questionFrom } from "./question.ts";
import { DEFAULT_BUDGET, EXAMPLE_CHARS, renderSections, renderTaskSections, taskRoom } from "./render.ts";
import { rubricOf } from "./rubric.ts";
import type { SectionName } from "./section-names.ts";
import { type Section, type Sections, sectionsOf } from "./sections.ts";

/** Sections that may be far too long for one question, and whose entries are in order of time. */
const LONG: readonly SectionName[] = ["conversation", "trace"];

/** Of the room of one question, what all other sections may take together. */
const OTHERS_SHARE = 0.25;
/** A part of less is not worth a question of its own. */
const LEAST_PART = 600;

/** Characters around an example: its name, its fences, its label. */
const EXAMPLE_FRAME = 160;

/** An item of which one section is to be shown piece by piece. */
export interface LongItem {
  /** Entries of the long section, in order. */
  readonly blocks: readonly string[];
  /** Characters of entries that one question has room for, beside all else and notes. */
  readonly room: number;
  readonly marker: Marker;
  /** Whether all of it fits one question. */
  readonly fits: boolean;
  /** A question that shows `blocks` of the long section. What was cut before is named where `first` is true. */
  question(asked: {
    readonly blocks: readonly string[];
    readonly head: string;
    readonly wants: Wanted;
    readonly notes?: string | undefined;
    readonly cuts: readonly Cut[];
    readonly first: boolean;
    readonly named: Pick<Question, "part" | "places">;
  }): Question;
}

const byOf = ({ kind }: ResolvedJudge) => (kind === "assistant" ? ("assistant" as const) : ("llm" as const));

const sizeOf = (blocks: readonly string[]): number =>
  blocks.reduce((sum, block) => sum + block.length + 1, 0);

/** Characters of an item that a question of each kind may show: the least of them. */
function roomOf(judge: ResolvedJudge, wanted: readonly Wanted[], options: QuestionOptions): number {
  if (options.budget !== undefined) return options.budget;
  if (judge.kind !== "assistant") return DEFAULT_BUDGET;
  return Math.min(...wanted.map((wants) => taskRoom(instructionsOf(judge, wants, "assistant"))));
}

/** Characters of text for each character that it takes where it is sent: less than 1 inside JSON. */
function density(judge: ResolvedJudge, sections: readonly Section[]): number {
  if (judge.kind !== "assistant") return 1;
  const text = sections.flatMap(({ blocks }) => blocks).join("\n");
  return text.length === 0 ? 1 : Math.min(1, text.length / costOf(text)) * 0.95;
}

/** All other sections, shortened once so that they are the same in each question. */
function shortOthers(others: readonly Section[], max: number, marker: Marker) {
  const full = others.filter(({ blocks }) => blocks.length > 0);
  const allowed = allot(
    full.map(({ blocks, weight }) => ({ size: sizeOf(blocks), weight })),
    max,
  );
  const fitted = full.map((section, i) => ({
    section,
    ...fitBlocks(section.blocks, allowed[i] ?? 0, marker),
  }));
  return {
    sections: new Map(fitted.map(({ section, text }) => [section.name, { ...section, blocks: [text] }])),
    cuts: fitted.flatMap(({ section, cut }) => (cut > 0 ? [{ what: section.name, chars: cut }] : [])),
  };
}

const withoutCode = (notes: string, code: string): string => notes.replaceAll(new RegExp(code, "gi"), "");

/**
 * What of an item is too long for one question, cut to be asked about piece by piece; null where a judge is shown
 * neither a conversation nor a trace, or where all else leaves no room for pieces.
 */
export function longItem(
  judge: ResolvedJudge,
  item: JudgedItem,
  wanted: readonly Wanted[],
  options: QuestionOptions,
): (LongItem & { readonly name: string }) | null {
  const rubric = rubricOf(judge);
  const name = LONG.find((one) => rubric.sections.includes(one));
  const takes = judge.kind === "llm" ? (options.takes ?? []) : [];
  const whole = sectionsOf(judge.hash, rubric, { kind: "item", item }, takes, options.examples);
  const long = whole.sections.find((section) => section.name === name);
  if (name === undefined || long === undefined) return null;
  const marker = markerOf(whole.code);
  const ratio = density(judge, whole.sections);
  const room = Math.floor(roomOf(judge, wanted, options) * ratio);
  const others = shortOthers(
    whole.sections.filter((section) => section !== long),
    Math.floor(room * OTHERS_SHARE),
    marker,
  );
  const othersSize = [...others.sections.values()].reduce((sum, { blocks }) => sum + sizeOf(blocks), 0);
  const notesSize = wanted.includes("notes") ? NOTES_CHARS[byOf(judge)] : 0;
  const examplesSize = whole.examples.length * (EXAMPLE_CHARS[byOf(judge)] + EXAMPLE_FRAME);
  const left = room - othersSize - notesSize - examplesSize;
  if (left < LEAST_PART) return null;
  return {
    name,
    blocks: long.blocks,
    room: left,
    marker,
    fits:
      sizeOf(whole.sections.flatMap(({ blocks }) => blocks)) <= roomOf(judge, ["verdict"], options) * ratio,
    question({ blocks, head, wants, notes, cuts, first, named }) {
      const shown = whole.sections.flatMap((section): Section[] => {
        const { code } = whole;
        if (section !== long) return [others.sections.get(section.name) ?? section];
        const carried = notes === undefined ? [] : [withoutCode(notes, code)];
        return [
          { name: "notes", blocks: carried, weight: 1, removed: 0 },
          { ...long, blocks },
        ].filter((one) => one.name !== "notes" || carried.length > 0);
      });
      const text = blocks.join("\n");
      const sections: Sections = {
        ...whole,
        head,
        sections: shown,
        examples: wants === "notes" ? [] : whole.examples,
        media: whole.media.filter(({ number }) => text.includes(`[media ${number}: `)),
        losses: first ? [...whole.losses, ...others.cuts, ...cuts] : [],
      };
      const ask =
        judge.kind === "assistant"
          ? ({
              by: "assistant",
              ...renderTaskSections(judge, sections, { wants, budget: options.budget }),
            } as const)
          : ({
              by: "llm",
              ...renderSections(judge, sections, { wants, budget: options.budget ?? DEFAULT_BUDGET }),
            } as const);
      return questionFrom(judge, ask, named, item);
    },
  };
}
