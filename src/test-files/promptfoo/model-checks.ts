import {
  type Assertion,
  type Check,
  type Mapped,
  type Mappers,
  negation,
  problem,
  stemOf,
} from "./checks.ts";
import { asObject, asText, asTexts } from "./fields.ts";

/** Rubrics become guidelines: of the judge where every test has the same, else of the example. */
function rubric(assertion: Assertion): Mapped {
  const texts = asTexts(assertion.value);
  if (!texts) return problem("without a text as value");
  const value = texts.map((text) =>
    assertion.negated ? `The following must not be true of the answer: ${text}` : text,
  );
  if (value.some((text) => text.length > 2_000 || text.trim() === ""))
    return problem("whose value is empty or longer than 2000 characters");
  return {
    stem: "rubric",
    builtin: "example_guidelines",
    sharedBuiltin: "guidelines",
    param: "guidelines",
    expectation: "guidelines",
    value,
    merges: true,
  };
}

function reading(assertion: Assertion, check: Pick<Check, "stem" | "builtin" | "expectation">): Mapped {
  const value = asTexts(assertion.value);
  if (!value) return problem("without a text as value");
  return {
    ...check,
    stem: stemOf(assertion, check.stem),
    ...negation(assertion),
    value: [...value],
    merges: true,
  };
}

const asking = (assertion: Assertion, builtin: string): Mapped => ({
  stem: stemOf(assertion, builtin),
  builtin,
  ...negation(assertion),
});

/** The context that a test gives: what claims must follow from. */
function faithful(assertion: Assertion): Mapped {
  const context = asTexts(assertion.vars["context"]);
  if (assertion.hasContextTransform || !context) return asking(assertion, "groundedness");
  const value = context.length === 1 ? (context[0] ?? "") : [...context];
  return {
    stem: stemOf(assertion, "groundedness"),
    builtin: "groundedness",
    ...negation(assertion),
    expectation: "context",
    value,
  };
}

function recall(assertion: Assertion): Mapped {
  const value = asText(assertion.value);
  if (value === undefined) return problem("without a text as value");
  return {
    stem: stemOf(assertion, "retrieval_sufficiency"),
    builtin: "retrieval_sufficiency",
    ...negation(assertion),
    expectation: "answer",
    value,
  };
}

function goal(assertion: Assertion): Mapped {
  const value = asText(assertion.value) ?? asText(asObject(assertion.value)["goal"]);
  if (value === undefined) return problem("without a goal");
  return {
    stem: stemOf(assertion, "task_success"),
    builtin: "task_success",
    ...negation(assertion),
    expectation: "goal",
    value,
  };
}

const facts = { stem: "factuality", builtin: "correctness", expectation: "facts" } as const;

/** Assertions that ask a model. */
export const modelChecks: Mappers = {
  "llm-rubric": rubric,
  "g-eval": rubric,
  "model-graded-closedqa": rubric,
  factuality: (assertion) => reading(assertion, facts),
  "model-graded-factuality": (assertion) => reading(assertion, facts),
  "answer-relevance": (assertion) => asking(assertion, "relevance"),
  "conversation-relevance": (assertion) => asking(assertion, "relevance"),
  "context-faithfulness": faithful,
  "context-recall": recall,
  "context-relevance": (assertion) => asking(assertion, "retrieval_relevance"),
  moderation: (assertion) => asking(assertion, "safety"),
  "trajectory:goal-success": goal,
};

/** Types whose judge here asks or measures something a little different; said once each in the report. */
export const DIFFERENCES: Readonly<Record<string, string>> = {
  "answer-relevance":
    "answer-relevance: relevance asks with labels, not by cosine similarity; its threshold is not used",
  "context-recall": "context-recall: judged on what the agent retrieved itself, not on the variable context",
  "context-relevance":
    "context-relevance: judged on what the agent retrieved itself, not on the variable context",
  moderation: "moderation: the rubric safety decides, no moderation endpoint",
  bleu: "bleu: smoothed as sacreBLEU does; scores differ a little for short texts",
  "trajectory:step-count": "trajectory:step-count: model calls and tool calls are the steps here",
};
