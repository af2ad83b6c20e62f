/** What of an item a judge may be shown, in the order in which it is shown: the graded output comes last. */
export const SECTIONS = [
  "system",
  "tools",
  "history",
  "inputs",
  "conversation",
  "trace",
  "query",
  "documents",
  "evidence",
  "tool_calls",
  "state",
  "guidelines",
  "expectations",
  "expected_answer",
  "reference",
  "expected_tool_calls",
  "output",
] as const;
export type SectionName = (typeof SECTIONS)[number];

/** Variables that instructions of a user's own judge may hold; `input` and `outputs` are read as theirs. */
export const CUSTOM_VARIABLES = [
  "inputs",
  "output",
  "expectations",
  "trace",
  "conversation",
  "history",
  "system",
  "tools",
  "tool_calls",
  "evidence",
  "state",
  "reference",
] as const satisfies readonly SectionName[];

/** Share of the room that a section has, relative to others, when not all fit. */
export const WEIGHTS: Readonly<Record<SectionName, number>> = {
  system: 3,
  tools: 1,
  history: 2,
  inputs: 3,
  conversation: 6,
  trace: 6,
  query: 2,
  documents: 5,
  evidence: 5,
  tool_calls: 3,
  state: 2,
  guidelines: 4,
  expectations: 3,
  expected_answer: 4,
  reference: 4,
  expected_tool_calls: 3,
  output: 5,
};

/** Of two runs of the same example each has its own. */
export const DOUBLED: ReadonlySet<SectionName> = new Set([
  "conversation",
  "trace",
  "evidence",
  "tool_calls",
  "state",
  "output",
]);

/** How a judge of whole conversations reads a rubric that was written for one answer. */
export const IN_CONVERSATION: ReadonlyMap<SectionName, string> = new Map([
  ["inputs", "the user's part of [conversation]"],
  ["output", "the agent's part of [conversation]"],
  ["history", "the turns before"],
  ["tool_calls", "the calls in [conversation]"],
]);

/** The same for a judge of each turn by itself. */
export const IN_TURN: ReadonlyMap<SectionName, string> = new Map([
  ["inputs", "what the user wrote in the turn (see [conversation])"],
  ["output", "the agent's answer in the turn (see [conversation])"],
  ["history", "the turns before it"],
  ["tool_calls", "the calls of the turn in [conversation]"],
]);

const ALIASES: Readonly<Record<string, string>> = { input: "inputs", outputs: "output" };

export const VARIABLE = /\{\{\s*(\w+)\s*\}\}/g;

/** The section that a variable stands for, if it is one of `allowed`. */
export function sectionFor(variable: string, allowed: readonly SectionName[]): SectionName | undefined {
  const name = Object.hasOwn(ALIASES, variable) ? ALIASES[variable] : variable;
  return allowed.find((section) => section === name);
}
