import { invalidInput } from "../errors.ts";
import type { JudgeLabel, JudgeLevel, JudgeSpec } from "../model/judge.ts";
import { nearMatch } from "../near-match.ts";
import { PAIR_LABELS, PAIR_THRESHOLD } from "./model/pairs.ts";
import { CUSTOM_VARIABLES, type SectionName, sectionFor } from "./model/section-names.ts";

const PASS_FAIL: readonly JudgeLabel[] = [
  { label: "pass", means: "The instructions are met.", value: 1 },
  { label: "fail", means: "The instructions are not met.", value: 0 },
];

const variablesIn = (instructions: string): readonly string[] => [
  ...new Set([...instructions.matchAll(/\{\{\s*([^{}]*?)\s*\}\}/g)].map((match) => match[1] ?? "")),
];

function unknownVariable(name: string) {
  const close = nearMatch(name, CUSTOM_VARIABLES);
  return invalidInput(
    `The instructions refer to {{${name.slice(0, 40)}}}, which nothing fills in${close ? ` (did you mean {{${close}}}?)` : ""}`,
    `Allowed: ${CUSTOM_VARIABLES.map((known) => `{{${known}}}`).join(", ")}.`,
  );
}

/** What the instructions want to be shown. */
const sectionsIn = (instructions: string): readonly SectionName[] =>
  variablesIn(instructions).map((name) => {
    const section = sectionFor(name, CUSTOM_VARIABLES);
    if (section === undefined) throw unknownVariable(name);
    return section;
  });

function checkLabels(labels: readonly JudgeLabel[]): void {
  const names = labels.map(({ label }) => label.toLowerCase());
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw invalidInput(`The label "${twice}" is there twice`, "Labels differ in more than case.");
  if (new Set(labels.flatMap(({ value }) => value ?? [])).size < 2)
    throw invalidInput(
      "All labels count the same",
      "Give at least two labels different values from 0 (worst) to 1 (best).",
    );
}

export interface CustomJudge {
  readonly instructions: string;
  readonly labels: readonly JudgeLabel[];
  readonly level: JudgeLevel;
  /** Only the best label passes, and in a pair what is not worse, unless the author says otherwise. */
  readonly threshold: number;
}

/**
 * A judge of the author's own: instructions and labels (pass and fail when none are given; in a pair first, second and
 * tie). Its level is `trace`, or `session` when the instructions refer to the conversation alone.
 * @throws AppError `invalid_input` for unknown variables, labels that cannot decide, or what only built-ins have.
 */
export function resolveCustom(spec: JudgeSpec, instructions: string): CustomJudge {
  if (spec.builtin !== undefined)
    throw invalidInput(
      "Instructions and builtin exclude each other",
      "Leave out builtin for a judge of your own; a built-in model judge takes additions as params.notes.",
    );
  const used = sectionsIn(instructions);
  const isAboutConversation = used.length === 1 && used[0] === "conversation";
  const { level = isAboutConversation ? "session" : "trace" } = spec;
  const isPair = level === "pair";
  const labels = spec.labels ?? (isPair ? PAIR_LABELS : PASS_FAIL);
  checkLabels(labels);
  const best = Math.max(...labels.map(({ value }) => value ?? 0));
  const { threshold = isPair ? PAIR_THRESHOLD : best } = spec;
  if (threshold < 0 || threshold > 1)
    throw invalidInput(`The threshold ${threshold} is outside of 0 to 1`, "Labels have values from 0 to 1.");
  return { instructions, labels, level, threshold };
}
