import type { JudgedItem, Retrieval } from "../../model/judged-item.ts";
import type { Cut } from "../../model/verdict.ts";
import type { ShownExample } from "./examples.ts";
import { fenceCode, fenced, markerOf } from "./fence.ts";
import { allot, cutMiddle, fitBlocks } from "./fit-text.ts";
import { type Modality, mediaDesk, type ShownMedia } from "./media.ts";
import type { Rubric } from "./rubric.ts";
import { DOUBLED, type SectionName, WEIGHTS } from "./section-names.ts";
import { sectionBlocks } from "./section-text.ts";
import { createWriter } from "./writer.ts";

/** What one question is about. A pair is in the order in which it is shown. */
export type Subject =
  | { readonly kind: "item"; readonly item: JudgedItem }
  | { readonly kind: "retrieval"; readonly item: JudgedItem; readonly retrieval: Retrieval }
  | { readonly kind: "pair"; readonly first: JudgedItem; readonly second: JudgedItem };

export interface Section {
  readonly name: string;
  readonly blocks: readonly string[];
  readonly weight: number;
  /** Invisible characters that were removed. */
  readonly removed: number;
}

/** All that a judge is shown of an item, whole. */
export interface Sections {
  readonly code: string;
  /** Lines of ours at the item's head: which part it is, which turns are judged. */
  readonly head?: string | undefined;
  readonly sections: readonly Section[];
  /** What people labelled: shown before the item. */
  readonly examples: readonly ShownExample[];
  readonly media: readonly ShownMedia[];
  /** What no budget brings back: invisible characters, media that the judge cannot see. */
  readonly losses: readonly Cut[];
}

type Part = Pick<Section, "name"> & { readonly section: SectionName; readonly item: JudgedItem };

function partsOf(sections: readonly SectionName[], subject: Subject): readonly Part[] {
  if (subject.kind !== "pair")
    return sections.map((section) => ({ name: section, section, item: subject.item }));
  const { first, second } = subject;
  return sections.flatMap((section) =>
    DOUBLED.has(section)
      ? [
          { name: `${section}_1`, section, item: first },
          { name: `${section}_2`, section, item: second },
        ]
      : [{ name: section, section, item: first }],
  );
}

/** The sections that a rubric asks for. `takes`: kinds of media that the judge can be shown. */
export function sectionsOf(
  judgeHash: string,
  rubric: Rubric,
  subject: Subject,
  takes: readonly Modality[],
  examples: readonly ShownExample[] = [],
): Sections {
  const desk = mediaDesk(takes);
  const retrieval = subject.kind === "retrieval" ? subject.retrieval : null;
  const sections = partsOf(rubric.sections, subject).map(({ name, section, item }) => {
    const writer = createWriter(desk.label);
    const blocks = sectionBlocks(section, item, { writer, retrieval, marksTurns: rubric.marksTurns });
    return { name, blocks, weight: WEIGHTS[section], removed: writer.removed() };
  });
  const cleaned = sections
    .filter(({ removed }) => removed > 0)
    .map(({ name, removed }) => ({ what: `${name}: invisible characters`, chars: removed }));
  const kinds = Map.groupBy(desk.unseen, ({ modality }) => modality);
  const unseen = [...kinds].map(([modality, parts]) => ({
    what: `${modality} not shown to the judge: ${parts.length}`,
    chars: 0,
  }));
  const code = fenceCode(judgeHash, [
    ...sections.flatMap(({ name, blocks }) => [name, ...blocks]),
    ...desk.shown.map(({ hash }) => hash),
    ...examples.map(({ text }) => text),
  ]);
  return { code, sections, examples, media: desk.shown, losses: [...cleaned, ...unseen] };
}

/** The item as one text that shows at most `budget` characters of its sections, and what was left out. */
export function itemText(
  { code, head: said, sections, examples, losses }: Sections,
  budget: number,
  exampleChars: number,
): { readonly text: string; readonly cuts: readonly Cut[] } {
  const full = sections.filter(({ blocks }) => blocks.length > 0);
  const empty = sections.filter(({ blocks }) => blocks.length === 0).map(({ name }) => name);
  const sizes = full.map(({ blocks, weight }) => ({ size: blocks.join("\n").length, weight }));
  const allowed = allot(sizes, budget);
  const fitted = full.map(({ name, blocks }, i) => ({
    name,
    ...fitBlocks(blocks, allowed[i] ?? 0, markerOf(code)),
  }));
  const shown = examples.flatMap(({ text, label }, i) => {
    const name = `example_${i + 1}`;
    const short = cutMiddle(text, exampleChars, markerOf(code));
    return [fenced(name, code, short.text), `People's label for [${name}]: ${label}`];
  });
  const about =
    shown.length > 0
      ? ["Other items that people labelled, as examples; do not grade them:", ...shown, "The item to grade:"]
      : [];
  const head = `CODE ${code}.${empty.length > 0 ? ` Empty sections: ${empty.join(", ")}.` : ""}`;
  return {
    text: [
      said === undefined ? head : `${head}\n${said}`,
      ...about,
      ...fitted.map(({ name, text }) => fenced(name, code, text)),
    ].join("\n\n"),
    cuts: [
      ...fitted.filter(({ cut }) => cut > 0).map(({ name, cut }) => ({ what: name, chars: cut })),
      ...losses,
    ],
  };
}
