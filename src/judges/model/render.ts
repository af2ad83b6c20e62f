import type { JsonObject } from "../../model/json.ts";
import type { ResolvedJudge } from "../../model/judge.ts";
import type { Cut } from "../../model/verdict.ts";
import { fillPrompt } from "../../prompts.ts";
import { costOf } from "../../reading/budget.ts";
import type { ShownExample } from "./examples.ts";
import type { Modality, ShownMedia } from "./media.ts";
import { menuOf } from "./menu.ts";
import { rubricOf } from "./rubric.ts";
import { itemText, type Subject, sectionsOf } from "./sections.ts";

/** Characters of an item that a judge is shown unless its caller says otherwise: about 15,000 tokens. */
const DEFAULT_BUDGET = 48_000;

/** Characters, as they count inside JSON, of a task's rubric and item together, so that they fit an answer of 8 kB. */
const TASK_BUDGET = 7_400;
const MOST_OF_TASK = 6_500;
const LEAST_OF_TASK = 2_000;

/** Of each labelled example that is shown beside an item. */
const EXAMPLE_CHARS = 1_500;
const EXAMPLE_CHARS_OF_TASK = 300;

/** One question to a model. `system` is the same for all items of the judge. */
export interface Rendered {
  readonly system: string;
  readonly user: string;
  /** JSON Schema of the answer: the rationale before the label. */
  readonly schema: JsonObject;
  /** The menu, `cannot_tell` included. */
  readonly labels: readonly string[];
  readonly cuts: readonly Cut[];
  readonly media: readonly ShownMedia[];
}

/** The same question to the attached assistant. `item` is untrusted and names no run, arm or model of ours. */
export interface RenderedTask {
  readonly kind: "verdict" | "pair_verdict";
  readonly rubric: string;
  readonly item: string;
  readonly labels: readonly string[];
  readonly cuts: readonly Cut[];
}

function instructionsOf(judge: ResolvedJudge, prompt: "judge" | "judge_task"): string {
  const labels = menuOf(judge.labels).map(({ label, means }) => `- ${label}: ${means}`);
  return fillPrompt(prompt, { rubric: rubricOf(judge).text, labels: labels.join("\n") });
}

const answerSchema = (labels: readonly string[]): JsonObject => ({
  type: "object",
  properties: { rationale: { type: "string" }, label: { type: "string", enum: [...labels] } },
  required: ["rationale", "label"],
  additionalProperties: false,
});

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
  const { text, cuts } = itemText(sections, options.budget ?? DEFAULT_BUDGET, EXAMPLE_CHARS);
  const labels = menuOf(judge.labels).map(({ label }) => label);
  const reminder = `End of item ${sections.code}. Answer with the JSON object: rationale, then label (${labels.join(" | ")}).`;
  return {
    system: instructionsOf(judge, "judge"),
    user: `${text}\n\n${reminder}`,
    schema: answerSchema(labels),
    labels,
    cuts,
    media: sections.media,
  };
}

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
  const rubric = instructionsOf(judge, "judge_task");
  const left = Math.min(MOST_OF_TASK, Math.max(LEAST_OF_TASK, TASK_BUDGET - costOf(rubric)));
  const max = options.maxChars ?? left;
  const sections = sectionsOf(judge.hash, rubricOf(judge), subject, [], options.examples);
  let budget = max;
  let fitted = itemText(sections, budget, EXAMPLE_CHARS_OF_TASK);
  while (budget > 0 && costOf(fitted.text) > max) {
    budget = Math.floor(budget * Math.min(0.95, max / costOf(fitted.text)));
    fitted = itemText(sections, budget, EXAMPLE_CHARS_OF_TASK);
  }
  return {
    kind: subject.kind === "pair" ? "pair_verdict" : "verdict",
    rubric,
    item: fitted.text,
    labels: menuOf(judge.labels).map(({ label }) => label),
    cuts: fitted.cuts,
  };
}
