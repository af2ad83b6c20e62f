import type { JsonObject } from "../../model/json.ts";
import type { ResolvedJudge } from "../../model/judge.ts";
import type { Cut } from "../../model/verdict.ts";
import { costOf } from "../../reading/budget.ts";
import type { ShownExample } from "./examples.ts";
import { answerSchema, instructionsOf, reminderOf, type Wanted } from "./frames.ts";
import type { Modality, ShownMedia } from "./media.ts";
import { menuOf } from "./menu.ts";
import { rubricOf } from "./rubric.ts";
import { itemText, type Sections, type Subject, sectionsOf } from "./sections.ts";

/** Characters of an item that a judge is shown unless its caller says otherwise: about 15,000 tokens. */
export const DEFAULT_BUDGET = 48_000;

/** Characters, as they count inside JSON, of a task's rubric and item together, so that they fit an answer of 8 kB. */
const TASK_BUDGET = 7_400;
const MOST_OF_TASK = 6_500;
const LEAST_OF_TASK = 2_000;

/** Of each labelled example that is shown beside an item. */
export const EXAMPLE_CHARS = { llm: 1_500, assistant: 300 } as const;

/** One question to a model. `system` is the same for all items of the judge. */
export interface Rendered {
  readonly wants: Wanted;
  readonly system: string;
  readonly user: string;
  /** JSON Schema of the answer. */
  readonly schema: JsonObject;
  /** The menu, `cannot_tell` included. */
  readonly labels: readonly string[];
  readonly cuts: readonly Cut[];
  readonly media: readonly ShownMedia[];
}

/** The same question to the attached assistant. `item` is untrusted and names no run, arm or model of ours. */
export interface RenderedTask {
  readonly wants: Wanted;
  readonly kind: "verdict" | "pair_verdict";
  readonly rubric: string;
  readonly item: string;
  readonly labels: readonly string[];
  readonly cuts: readonly Cut[];
}

/** What a judge asks a model about one subject. `budget` in characters of the item; `takes`: media that the model sees. */
export function render(
  judge: ResolvedJudge,
  subject: Subject,
  options: {
    readonly budget?: number | undefined;
    readonly takes?: readonly Modality[] | undefined;
    readonly examples?: readonly ShownExample[] | undefined;
  } = {},
): Rendered {
  const sections = sectionsOf(judge.hash, rubricOf(judge), subject, options.takes ?? [], options.examples);
  return renderSections(judge, sections, { wants: "verdict", budget: options.budget ?? DEFAULT_BUDGET });
}

/** The same about sections that were chosen before. */
export function renderSections(
  judge: ResolvedJudge,
  sections: Sections,
  { wants, budget }: { readonly wants: Wanted; readonly budget: number },
): Rendered {
  const { text, cuts } = itemText(sections, budget, EXAMPLE_CHARS.llm);
  const labels = menuOf(judge.labels).map(({ label }) => label);
  return {
    wants,
    system: instructionsOf(judge, wants, "llm"),
    user: `${text}\n\n${reminderOf(wants, sections.code, labels)}`,
    schema: answerSchema(wants, labels),
    labels,
    cuts,
    media: sections.media,
  };
}

/** Characters, as they count inside JSON, that an item may take beside a task's rubric. */
export const taskRoom = (rubric: string): number =>
  Math.min(MOST_OF_TASK, Math.max(LEAST_OF_TASK, TASK_BUDGET - costOf(rubric)));

/**
 * What a judge asks the assistant about one subject. Inside JSON the item takes at most `maxChars` characters: by default
 * what its rubric leaves of 7,400, between 2,000 and 6,500.
 */
export function renderTask(
  judge: ResolvedJudge,
  subject: Subject,
  options: {
    readonly maxChars?: number | undefined;
    readonly examples?: readonly ShownExample[] | undefined;
  } = {},
): RenderedTask {
  const sections = sectionsOf(judge.hash, rubricOf(judge), subject, [], options.examples);
  const kind = subject.kind === "pair" ? ("pair_verdict" as const) : ("verdict" as const);
  return { ...renderTaskSections(judge, sections, { wants: "verdict", budget: options.maxChars }), kind };
}

/** The same about sections that were chosen before. Questions for notes or turns are answered by a text. */
export function renderTaskSections(
  judge: ResolvedJudge,
  sections: Sections,
  { wants, budget: given }: { readonly wants: Wanted; readonly budget?: number | undefined },
): RenderedTask {
  const rubric = instructionsOf(judge, wants, "assistant");
  const max = given ?? taskRoom(rubric);
  let budget = max;
  let fitted = itemText(sections, budget, EXAMPLE_CHARS.assistant);
  while (budget > 0 && costOf(fitted.text) > max) {
    budget = Math.floor(budget * Math.min(0.95, max / costOf(fitted.text)));
    fitted = itemText(sections, budget, EXAMPLE_CHARS.assistant);
  }
  return {
    wants,
    kind: "verdict",
    rubric,
    item: fitted.text,
    labels: wants === "verdict" ? menuOf(judge.labels).map(({ label }) => label) : [],
    cuts: fitted.cuts,
  };
}
