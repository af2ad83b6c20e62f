import type { JsonObject } from "../../model/json.ts";
import type { ResolvedJudge } from "../../model/judge.ts";
import { fillPrompt, promptText } from "../../prompts.ts";
import { menuOf } from "./menu.ts";
import { rubricOf } from "./rubric.ts";

/** What an answer is: a verdict, notes on a part of what is too long for one question, or a verdict on each of some turns. */
export type Wanted = "verdict" | "notes" | "turns";

/** Characters that notes may have: what carries over from one part to the next. */
export const NOTES_CHARS = { llm: 4_000, assistant: 1_200 } as const;

type By = "llm" | "assistant";

const answerText = (wants: Exclude<Wanted, "verdict">, by: By): string => {
  const name = by === "llm" ? `answer/${wants}` : `answer/${wants}_task`;
  return wants === "notes" ? fillPrompt(name, { chars: String(NOTES_CHARS[by]) }) : promptText(name);
};

/** What is said around a judge's rubric: the same for all of its items. */
export function instructionsOf(judge: ResolvedJudge, wants: Wanted, by: By): string {
  const labels = menuOf(judge.labels)
    .map(({ label, means }) => `- ${label}: ${means}`)
    .join("\n");
  const rubric = rubricOf(judge).text;
  if (wants === "verdict") return fillPrompt(by === "llm" ? "judge" : "judge_task", { rubric, labels });
  const frame = wants === "notes" ? "judge_part" : "judge_turns";
  return fillPrompt(frame, { rubric, labels, answer: answerText(wants, by) });
}

const closed = (properties: JsonObject): JsonObject => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

/** JSON Schema of a model's answer: every rationale before its label. */
export function answerSchema(wants: Wanted, labels: readonly string[]): JsonObject {
  const text = { type: "string" };
  const label = { type: "string", enum: [...labels] };
  const turn = { type: "integer" };
  if (wants === "verdict") return closed({ rationale: text, label });
  if (wants === "turns")
    return closed({ turns: { type: "array", items: closed({ turn, rationale: text, label }) } });
  return closed({ findings: { type: "array", items: closed({ turn, what: text }) }, state: text });
}

/** The last words of a question to a model. */
export function reminderOf(wants: Wanted, code: string, labels: readonly string[]): string {
  if (wants === "notes")
    return `End of this part ${code}. Answer with the JSON object: findings, then state.`;
  const menu = labels.join(" | ");
  return wants === "turns"
    ? `End of item ${code}. Answer with the JSON object: turns, each with turn, rationale, then label (${menu}).`
    : `End of item ${code}. Answer with the JSON object: rationale, then label (${menu}).`;
}
