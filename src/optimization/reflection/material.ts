import { fenceCode, fenced, markerOf } from "../../judges/model/fence.ts";
import { cutMiddle, fitBlocks, type Marker } from "../../judges/model/fit-text.ts";
import { createWriter, type Writer } from "../../judges/model/writer.ts";
import type { Cut } from "../../model/verdict.ts";
import { mediaLabel } from "../../reading/message-text.ts";
import type { WorkOrder } from "../search/contract.ts";
import { caseSize, caseText, caseTexts, type ShownCase } from "./case-text.ts";
import { type ChosenCases, chooseCases, type ReflectiveOutcome } from "./choose-cases.ts";
import { type ComponentSpec, lengthLimit } from "./component-spec.ts";
import { fixedLiterals, variablesAsWritten } from "./literals.ts";
import { lineageRows, rejectedRows } from "./memory-text.ts";

export type ReflectiveOrder = WorkOrder<ReflectiveOutcome>;

/** All that an order tells a proposer, whole. */
export interface Material {
  /** Fences the sections: in none of their texts. */
  readonly code: string;
  readonly order: ReflectiveOrder;
  readonly specs: readonly ComponentSpec[];
  readonly lineage: readonly string[];
  readonly rejected: readonly string[];
  readonly cases: ChosenCases;
  readonly writer: Writer;
}

/** The material of an order. `specs` of the components to change, in any order; others are named. */
export function materialOf(order: ReflectiveOrder, specs: readonly ComponentSpec[]): Material {
  const writer = createWriter((part) => mediaLabel(part).replaceAll(/\s+/g, " "));
  const lineage = lineageRows(order.lineage, writer);
  const rejected = rejectedRows(order, writer);
  const cases = chooseCases(order.records);
  const texts = [
    ...Object.entries(order.parent.candidate.components).flat(),
    ...specs.flatMap(({ name, purpose, preserve }) => [name, purpose ?? "", ...(preserve ?? [])]),
    ...lineage,
    ...rejected,
    ...[...cases.failing, ...cases.passing].flatMap(caseTexts),
  ];
  return { code: fenceCode("optimization", texts), order, specs, lineage, rejected, cases, writer };
}

/** A component's name as the order and its answer write it: one line, whatever is in it. */
export const quotedName = (name: string): string => JSON.stringify(name);

const MOST_LITERALS = 30;

function keepLine(spec: ComponentSpec, writer: Writer): string {
  const literals = [...variablesAsWritten(spec.seed, spec.seed), ...fixedLiterals(spec)];
  if (literals.length === 0) return "";
  const rows = literals.slice(0, MOST_LITERALS).map((literal) => `\n- ${writer.inset(literal)}`);
  const more = literals.length - rows.length;
  return `\nKeep, character by character:${rows.join("")}${more > 0 ? `\n(and ${more} more)` : ""}`;
}

/** A component to change: what it is for, what must stay, and its text, whole or as far as `chars` reach. */
function componentText(name: string, chars: number, material: Material): { text: string; cut: number } {
  const { code, specs, order, writer } = material;
  const text = order.parent.candidate.components[name] ?? "";
  const spec = specs.find((one) => one.name === name) ?? { name, purpose: null, seed: text };
  const purpose = spec.purpose === null ? "" : `: ${writer.inset(spec.purpose)}`;
  const shown = cutMiddle(text, chars, markerOf(code));
  return {
    text: [
      `${quotedName(name)}${purpose}`,
      `It has ${text.length} characters and may have ${lengthLimit(spec)}.${keepLine(spec, writer)}`,
      fenced(`text ${quotedName(name)}`, code, shown.text),
    ].join("\n"),
    cut: shown.cut,
  };
}

function otherComponents({ order, specs, writer }: Material): string[] {
  const others = Object.keys(order.parent.candidate.components)
    .filter((name) => !order.components.includes(name))
    .sort();
  if (others.length === 0) return [];
  const rows = others.map((name) => {
    const purpose = specs.find((spec) => spec.name === name)?.purpose ?? null;
    return `- ${quotedName(name)}${purpose === null ? "" : `: ${writer.inset(purpose)}`}`;
  });
  return [`Texts that stay as they are:\n${rows.join("\n")}`];
}

/** A case is not shown in fewer characters; rather, the last ones are left out. */
const LEAST_CASE = 600;
const MOST_PASSING = 3;
const PASSING_SHARE = 0.2;

interface Part {
  readonly text: string;
  readonly cuts: readonly Cut[];
}

const NOTHING: Part = { text: "", cuts: [] };

function casesPart(
  kind: "failing" | "passing",
  all: readonly ShownCase[],
  chars: number,
  code: string,
): Part {
  const fitting = Math.max(1, Math.floor(chars / LEAST_CASE));
  const shown = all.slice(0, kind === "passing" ? Math.min(MOST_PASSING, fitting) : fitting);
  if (shown.length === 0) return NOTHING;
  const marker: Marker = markerOf(code);
  const sizes = shown.map(caseSize);
  let left = chars;
  const texts: string[] = [];
  const cuts: Cut[] = [];
  // Short cases first, so that what they do not need goes to the long ones.
  const share = new Map<number, number>();
  for (const [done, i] of sizes
    .map((_, i) => i)
    .sort((a, b) => (sizes[a] ?? 0) - (sizes[b] ?? 0))
    .entries()) {
    const given = Math.min(sizes[i] ?? 0, Math.floor(left / (shown.length - done)));
    share.set(i, given);
    left -= given;
  }
  for (const [i, one] of shown.entries()) {
    const name = `${kind} case ${i + 1}`;
    const { text, cut } = caseText(one, share.get(i) ?? 0, marker);
    const before = one.record.cuts.reduce((sum, { chars: gone }) => sum + gone, 0);
    if (cut + before > 0) cuts.push({ what: name, chars: cut + before });
    texts.push(fenced(name, code, text));
  }
  const more = all.length - shown.length;
  if (more > 0) {
    cuts.push({
      what: `${more} further ${kind} cases`,
      chars: all.slice(shown.length).reduce((sum, one) => sum + caseSize(one), 0),
    });
    texts.push(`(${more} further ${kind} cases are not shown)`);
  }
  return { text: texts.join("\n\n"), cuts };
}

function rowsPart(name: string, rows: readonly string[], chars: number, code: string): Part {
  if (rows.length === 0) return NOTHING;
  const { text, cut } = fitBlocks(rows, chars, markerOf(code));
  return { text: fenced(name, code, text), cuts: cut > 0 ? [{ what: name, chars: cut }] : [] };
}

const sizeOfRows = (rows: readonly string[]): number => rows.join("\n").length;

/** What memory may take of the room that is left beside the texts. */
const LINEAGE_SHARE = 0.15;
const REJECTED_SHARE = 0.25;

export interface Room {
  /** Characters of each component's text; Infinity: whole. */
  readonly text: number;
  /** Characters of all else. */
  readonly rest: number;
}

/** An order as one text: the texts to change, how they came about, what was refused, the cases; and what was cut. */
export function orderText(
  material: Material,
  { text, rest }: Room,
): { readonly text: string; readonly cuts: readonly Cut[] } {
  const { code, order, lineage, rejected, cases } = material;
  const components = order.components.map((name) => ({ name, ...componentText(name, text, material) }));
  const forLineage = Math.min(sizeOfRows(lineage), Math.floor(rest * LINEAGE_SHARE));
  const forRejected = Math.min(sizeOfRows(rejected), Math.floor(rest * REJECTED_SHARE));
  const room = rest - forLineage - forRejected;
  const forPassing = Math.min(
    cases.passing.slice(0, MOST_PASSING).reduce((sum, one) => sum + caseSize(one), 0),
    Math.floor(room * (cases.failing.length > 0 ? PASSING_SHARE : 1)),
  );
  const parts = [
    rowsPart("lineage", lineage, forLineage, code),
    rowsPart("refused edits", rejected, forRejected, code),
    casesPart("failing", cases.failing, room - forPassing, code),
    casesPart("passing", cases.passing, forPassing, code),
  ];
  const missing = cases.missing === 0 ? [] : [`(${cases.missing} cases have no score and are not shown)`];
  const sections = [
    `CODE ${code}.`,
    ...components.map((component) => component.text),
    ...otherComponents(material),
    ...parts.map((part) => part.text).filter((part) => part !== ""),
    ...missing,
  ];
  return {
    text: sections.join("\n\n"),
    cuts: [
      ...components
        .filter(({ cut }) => cut > 0)
        .map(({ name, cut }) => ({ what: `text ${quotedName(name)}`, chars: cut })),
      ...parts.flatMap(({ cuts }) => cuts),
    ],
  };
}
