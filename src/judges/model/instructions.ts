import { z } from "zod";
import { judgeParams, label, modelJudge } from "./define.ts";

export const guidelines = z
  .array(z.string().min(1).max(2_000))
  .min(1)
  .max(30)
  .describe("What an answer must do or avoid, one rule each");

export const FOLLOWED = [
  label("followed", 1, "no guideline is broken; one whose occasion does not arise counts as kept"),
  label("broken", 0, "at least one is broken; the rationale names it and quotes where"),
] as const;

/** Judges of whether the agent did as it was told. */
export const instructionJudges = [
  modelJudge({
    name: "instruction_following",
    summary: "Does the answer obey the instructions of the agent's author and of the user?",
    needs: ["output"],
    otherNames: { deepeval: "PromptAlignmentMetric" },
    labels: [
      label("followed", 1, "every instruction that applies is obeyed"),
      label("minor_lapse", 0.5, "an incidental or purely formal instruction is not, all that matters is"),
      label("not_followed", 0, "an instruction that matters is not obeyed"),
    ],
  }),
  modelJudge({
    name: "guidelines",
    summary: "Does the work keep each of the guidelines that its user names in `guidelines`?",
    needs: ["output"],
    params: judgeParams({ guidelines }),
    otherNames: {
      deepeval: "GEval, DAGMetric, NonAdviceMetric",
      ragas: "AspectCritic, SimpleCriteriaScore, RubricsScore, DiscreteMetric",
      mlflow: "Guidelines",
      promptfoo: "llm-rubric, g-eval, model-graded-closedqa",
      autoevals: "ClosedQA",
    },
    labels: FOLLOWED,
  }),
  modelJudge({
    name: "example_guidelines",
    summary: "Does the work keep the guidelines that its own example names in `expectations.guidelines`?",
    needs: ["output", "expectations.guidelines"],
    whenExpected: "guidelines",
    otherNames: { ragas: "InstanceRubrics", mlflow: "ExpectationsGuidelines" },
    labels: FOLLOWED,
  }),
] as const;
