import { z } from "zod";
import type { Held } from "../evaluation/pipeline.ts";
import { fenceCode, fenced } from "../judges/model/fence.ts";
import { findJson } from "../llm/json-answer.ts";
import { type IssueKind, Layer } from "../model/census.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { cleanText } from "../privacy/clean.ts";
import { costOf } from "../reading/budget.ts";
import { namedKindId } from "./kind-id.ts";
import type { Note } from "./take-notes.ts";

/** A kind as somebody named it. Untrusted. */
export type NamedKind = Pick<IssueKind, "id" | "name" | "definition" | "layer">;

export interface GroupQuestion {
  /** Kinds so far and some notes by number, fenced: untrusted. */
  readonly item: string;
  /** Whose notes these are, by the number in the item less one. */
  readonly notes: readonly Note[];
}

/** `text` null: there is no answer to be had. */
export type GroupAnswer = { readonly text: string | null } | { readonly held: Held };

const MAX_NAME = 100;
const MAX_DEFINITION = 400;

const Groups = z.object({
  kinds: z.array(
    z.object({
      name: z.string().trim().min(1),
      definition: z.string().default(""),
      layer: Layer.nullable().catch(null).default(null),
      notes: z.array(z.int()),
    }),
  ),
});

export const isGroups = (value: Json): boolean => Groups.safeParse(value).success;

/** JSON Schema of an answer, closed, so that providers can hold a model to it. */
export const GROUPS_SCHEMA: JsonObject = {
  type: "object",
  additionalProperties: false,
  required: ["kinds"],
  properties: {
    kinds: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name", "definition", "layer", "notes"],
        properties: {
          name: { type: "string" },
          definition: { type: "string" },
          layer: { type: "string", enum: [...Layer.options] },
          notes: { type: "array", items: { type: "integer" } },
        },
      },
    },
  },
};

const line = (text: string): string => cleanText(text).text.replace(/\s+/g, " ").trim();

const noteLine = ({ layer, text }: Note, i: number): string => `${i + 1}. (${layer}) ${line(text)}`;

/** The next notes that fit, and the kinds so far, between fences that none of them can close. */
export function questionOf(kinds: readonly NamedKind[], notes: readonly Note[], room: number): GroupQuestion {
  const known = kinds.map(
    ({ name, layer, definition }) => `- ${line(name)} (${layer ?? "no layer"}): ${line(definition)}`,
  );
  const shownKinds: string[] = [];
  let left = room / 2;
  for (const kind of known) {
    left -= costOf(kind) + 2;
    if (left < 0) break;
    shownKinds.push(kind);
  }
  const taken: string[] = [];
  left += room / 2;
  for (const [i, note] of notes.entries()) {
    const text = noteLine(note, i);
    left -= costOf(text) + 2;
    if (left < 0 && taken.length > 0) break;
    taken.push(text);
  }
  const code = fenceCode("census", [...shownKinds, ...taken]);
  const item = [
    `CODE ${code}`,
    fenced("kinds", code, shownKinds.length === 0 ? "(none yet)" : shownKinds.join("\n")),
    fenced("notes", code, taken.join("\n")),
  ].join("\n\n");
  return { item, notes: notes.slice(0, taken.length) };
}

interface Grouping {
  readonly kinds: NamedKind[];
  readonly members: Map<string, number[]>;
  unnamed: number;
}

function put({ kinds, members }: Grouping, kind: NamedKind, unit: number): void {
  if (!kinds.some(({ id }) => id === kind.id)) kinds.push(kind);
  members.set(kind.id, [...(members.get(kind.id) ?? []), unit]);
}

/** Notes that an answer says nothing of are gathered by their layer. */
function leftOver({ layer }: Note): NamedKind {
  const name = `other ${layer} issues`;
  return {
    id: namedKindId(name),
    name,
    definition: `Issues of the layer ${layer} of no kind that was named.`,
    layer,
  };
}

function takeAnswer(grouping: Grouping, { notes }: GroupQuestion, answer: string | null): void {
  const open = new Map(notes.map((note, i) => [i + 1, note]));
  const parsed = Groups.safeParse(answer === null ? null : findJson(answer, isGroups));
  for (const { name, definition, layer, notes: numbers } of parsed.data?.kinds ?? [])
    for (const number of numbers) {
      const note = open.get(number);
      if (!note) continue;
      open.delete(number);
      const short = line(name).slice(0, MAX_NAME);
      const kind = {
        id: namedKindId(short),
        name: short,
        definition: line(definition).slice(0, MAX_DEFINITION) || short,
        layer: layer ?? note.layer,
      };
      put(grouping, kind, note.unit);
    }
  for (const note of open.values()) {
    grouping.unnamed += 1;
    put(grouping, leftOver(note), note.unit);
  }
}

export interface Grouped {
  readonly kinds: readonly IssueKind[];
  /** Notes that no answer gave a kind. */
  readonly unnamed: number;
}

/**
 * Groups notes into named kinds, some notes at a time, each question knowing the kinds so far and those of earlier censuses,
 * so that the same failure keeps its name and id.
 */
export async function groupNotes(
  notes: readonly Note[],
  earlier: readonly NamedKind[],
  room: number,
  ask: (question: GroupQuestion) => Promise<GroupAnswer>,
): Promise<Grouped | { readonly held: Held }> {
  const grouping: Grouping = { kinds: [...earlier], members: new Map(), unnamed: 0 };
  let rest = notes.filter(({ layer }) => layer !== null);
  while (rest.length > 0) {
    const question = questionOf(grouping.kinds, rest, room);
    const answer = await ask(question);
    if ("held" in answer) return answer;
    takeAnswer(grouping, question, answer.text);
    rest = rest.slice(question.notes.length);
  }
  return {
    kinds: grouping.kinds.flatMap((kind): IssueKind[] => {
      const members = grouping.members.get(kind.id);
      return members ? [{ ...kind, by: "notes", members: members.sort((a, b) => a - b) }] : [];
    }),
    unnamed: grouping.unnamed,
  };
}
