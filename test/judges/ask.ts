import type { Answered, Question } from "../../src/judges/model/question.ts";
import type { Plan } from "../../src/judges/model/questions-for.ts";
import type { Json } from "../../src/model/json.ts";

/** The questions of a plan that has some. */
export function questionsIn(plan: Plan): readonly Question[] {
  if (!("questions" in plan)) throw new Error("a verdict at once, or a chain");
  return plan.questions;
}

/** The verdict of a plan that asks nothing. */
export function verdictIn(plan: Plan) {
  if (!("verdict" in plan)) throw new Error("it asks");
  return plan.verdict;
}

/** A question with what a model answered, at the price of a tenth of a cent. */
export const answered = (question: Question, answer: Json): Answered => ({
  question,
  answer: {
    state: "answered",
    answer,
    truncated: false,
    source: { kind: "llm_judge", id: "m" },
    costUsd: 0.001,
    inputTokens: 100,
    outputTokens: 10,
  },
});
