import { z } from "zod";
import type { ResolvedJudge } from "../../model/judge.ts";
import { promptText } from "../../prompts.ts";
import type { ModelJudge, Need } from "../definition.ts";
import { modelJudges } from "./index.ts";
import {
  CUSTOM_VARIABLES,
  DOUBLED,
  IN_CONVERSATION,
  IN_TURN,
  SECTIONS,
  type SectionName,
  sectionFor,
  VARIABLE,
} from "./section-names.ts";

export interface Rubric {
  /** What is asked; sections are named in brackets. Nothing of an item is in it. */
  readonly text: string;
  /** What it wants to be shown, in order. */
  readonly sections: readonly SectionName[];
  readonly shape: ModelJudge["shape"];
  readonly needs: readonly Need[];
  /** Whether failed runs are asked about. */
  readonly judgesFailedRuns: boolean;
  /** Whether the turns of the conversation are numbered for it. */
  readonly marksTurns: boolean;
}

const Params = z.object({
  notes: z.string().optional(),
  guidelines: z.array(z.string()).optional(),
  topics: z.array(z.string()).optional(),
});

/** What the judge's author adds to the rubric: trusted, and the same for every item. */
function additions(params: ResolvedJudge["params"]): string {
  const { notes, guidelines = [], topics = [] } = Params.parse(params);
  const rules = guidelines.map((guideline, i) => `${i + 1}. ${guideline.trim()}`);
  return [
    ...(rules.length > 0 ? ["", "Guidelines:", ...rules] : []),
    ...(topics.length > 0 ? ["", "Topics:", ...topics.map((topic) => `- ${topic.trim()}`)] : []),
    ...(notes === undefined ? [] : ["", "About this agent:", notes.trim()]),
  ].join("\n");
}

/** What a judge is shown whose instructions name nothing. */
function defaultSections(level: ResolvedJudge["level"]): readonly SectionName[] {
  return level === "session" || level === "turn"
    ? ["conversation", "expectations"]
    : ["history", "inputs", "expectations", "output"];
}

function source(judge: ResolvedJudge) {
  if (judge.builtin !== null) {
    const builtin = modelJudges.find(({ name }) => name === judge.builtin);
    if (builtin === undefined) throw new Error(`${judge.builtin} is no model judge`);
    const template = promptText(`judges/${builtin.rubric}`);
    const { shape, needs, judgesFailedRuns = false } = builtin;
    return { template, variables: SECTIONS, shape, needs, judgesFailedRuns };
  }
  const shape = judge.level === "pair" ? ("pair" as const) : ("single" as const);
  return {
    template: (judge.instructions ?? "").trim(),
    variables: CUSTOM_VARIABLES,
    shape,
    needs: [],
    judgesFailedRuns: false,
  };
}

const WHOLE =
  "\n- A whole conversation is judged: look at all of the agent's answers; the worst of them that matters decides.";

/** A rubric for one answer as a judge of whole conversations reads it. */
function forConversation(template: string): string {
  const widened = template.replaceAll(/ \([^()]*\{\{\s*history\s*\}\}[^()]*\)/g, "");
  return /\{\{\s*outputs?\s*\}\}/.test(template) ? widened + WHOLE : widened;
}

function makeRubric(judge: ResolvedJudge): Rubric {
  const { template, variables, shape, needs, judgesFailedRuns } = source(judge);
  const isWhole = judge.level === "session" || judge.level === "turn";
  const names = judge.level === "turn" ? IN_TURN : IN_CONVERSATION;
  const wanted = new Set<SectionName>();
  const nameOf = (section: SectionName): string => {
    const inConversation = isWhole ? names.get(section) : undefined;
    wanted.add(inConversation === undefined ? section : "conversation");
    if (inConversation !== undefined) return inConversation;
    return shape === "pair" && DOUBLED.has(section) ? `[${section}_1] and [${section}_2]` : `[${section}]`;
  };
  const isSession = judge.level === "session";
  const text = (isSession ? forConversation(template) : template).replaceAll(
    VARIABLE,
    (all, variable: string) => {
      const section = sectionFor(variable, variables);
      return section === undefined ? all : nameOf(section);
    },
  );
  if (wanted.size === 0) for (const section of defaultSections(judge.level)) wanted.add(section);
  return {
    text: text + (isSession ? `\n${promptText("answer/verdict_turns")}` : "") + additions(judge.params),
    sections: SECTIONS.filter((section) => wanted.has(section)),
    shape,
    needs,
    judgesFailedRuns,
    marksTurns: isWhole,
  };
}

/** Judges are pinned and asked thousands of times. */
const rubrics = new WeakMap<ResolvedJudge, Rubric>();

/**
 * What a judge asks. Variables of its text become names of sections, so that the text is the same for all items and
 * no item can write into it. Instructions without variables are shown the input, the output and the expectations.
 */
export function rubricOf(judge: ResolvedJudge): Rubric {
  const rubric = rubrics.get(judge) ?? makeRubric(judge);
  rubrics.set(judge, rubric);
  return rubric;
}
