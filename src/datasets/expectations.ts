import type { Assessment } from "../model/assessment.ts";
import type { ExampleContent, ExampleRole } from "../model/example.ts";
import { isIssueFeedback } from "../model/issue-feedback.ts";
import type { Json } from "../model/json.ts";

/** What other tools call the usual expectations. */
const NAMES: Readonly<Record<string, string>> = {
  expected_response: "answer",
  expected_output: "answer",
  expected_answer: "answer",
  expected: "answer",
  answer: "answer",
  correction: "answer",
  corrected_answer: "answer",
  reference: "answer",
  reference_output: "answer",
  reference_answer: "answer",
  ground_truth: "answer",
  ideal: "answer",
  target: "answer",
  expected_facts: "facts",
  facts: "facts",
  expected_tool_calls: "toolCalls",
  expected_tools: "toolCalls",
  toolcalls: "toolCalls",
  tool_calls: "toolCalls",
  guidelines: "guidelines",
  expected_state: "state",
  state: "state",
  context: "context",
};

/** The name under which an expectation is kept; unknown ones keep their own. */
export const expectationName = (name: string): string => NAMES[name.toLowerCase()] ?? name;

/** Whether a column or field of this name is an expectation without being marked as one. */
export const isExpectationName = (name: string): boolean => NAMES[name.toLowerCase()] !== undefined;

/** Lists that are written as one text: one entry a line, or between `;`. Tool calls may be the JSON of a list too. */
export function expectationValue(name: string, value: Json): Json {
  if (!["facts", "guidelines", "toolCalls"].includes(name) || typeof value !== "string") return value;
  if (name === "toolCalls" && /^\s*\[/.test(value)) {
    try {
      return JSON.parse(value);
    } catch {
      return value; // a name that begins so
    }
  }
  return value
    .split(/\r?\n|;/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** That a conversation is of a kind of issue is no verdict on it. */
const isBad = ({ name, value }: Assessment): boolean => value === false && !isIssueFeedback(name);
const isGood = ({ name, value }: Assessment): boolean => value === true && !isIssueFeedback(name);

const shown = (text: string): string => text.replaceAll(/\s+/g, " ").trim().slice(0, 600);

const COMPLAINT = "Somebody who got an earlier answer complained:";

const NO_CAUSE = "A new answer must give no cause for this complaint.";

/** A guideline as one reads it in a table: of one that was made of a complaint the complaint. */
export const shortGuideline = (rule: string): string =>
  rule.startsWith(COMPLAINT) && rule.endsWith(NO_CAUSE)
    ? `no cause for ${rule.slice(COMPLAINT.length, -NO_CAUSE.length).trim()}`
    : rule;

/** Stated expectations without those that were made of complaints: for a judge that is checked against the same people. */
export function withoutComplaints(
  expectations: ExampleContent["expectations"],
): ExampleContent["expectations"] {
  const { guidelines, ...rest } = expectations;
  if (!Array.isArray(guidelines)) return expectations;
  const stated = guidelines.filter((rule) => typeof rule !== "string" || !rule.startsWith(COMPLAINT));
  return stated.length === 0 ? rest : { ...rest, guidelines: stated };
}

/**
 * What people said of what was observed, as expectations: stated ones by name, a corrected answer as `answer`, and
 * each reason given with bad feedback as a guideline that the next answer must satisfy.
 */
export function expectationsFrom(assessments: readonly Assessment[]): ExampleContent["expectations"] {
  const expectations: Record<string, Json> = {};
  const guidelines: string[] = [];
  for (const assessment of assessments) {
    const { kind, name, value, rationale } = assessment;
    const known = expectationName(name);
    if (kind === "expectation" && value !== null) expectations[known] = expectationValue(known, value);
    else if (kind === "feedback" && known === "answer" && typeof value === "string")
      expectations["answer"] = value;
    else if (kind === "feedback" && isBad(assessment) && rationale)
      guidelines.push(`${COMPLAINT} "${shown(rationale)}" ${NO_CAUSE}`);
  }
  if (guidelines.length > 0) {
    const stated = expectations["guidelines"];
    expectations["guidelines"] = [...(Array.isArray(stated) ? stated : []), ...guidelines];
  }
  return expectations;
}

/** Bad feedback or a failed run make it failing; good feedback alone makes it passing. */
export function roleOf(assessments: readonly Assessment[], failed: boolean): ExampleRole {
  const feedback = assessments.filter(({ kind }) => kind === "feedback");
  if (failed || feedback.some(isBad)) return "failing";
  return feedback.some(isGood) ? "passing" : "unknown";
}
