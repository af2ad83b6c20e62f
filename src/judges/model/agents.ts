import { judgeParams, label, modelJudge, readingParams } from "./define.ts";

/** Judges of how an agent went about its work, and of whole conversations. */
export const agentJudges = [
  modelJudge({
    name: "root_cause",
    summary:
      "Did the work fail, and which agent made the deciding mistake at which step? Reads the trace by tools.",
    needs: ["conversation|output"],
    judgesFailedRuns: true,
    params: judgeParams({ read: readingParams.read.unwrap().default("tools") }),
    otherNames: {},
    labels: [
      label("no_failure", 1, "what was asked for was reached, or rightly declined"),
      label(
        "failure",
        0,
        "it was not; the rationale names the agent, the step and what should have been done",
      ),
    ],
  }),
  modelJudge({
    name: "tool_call_correctness",
    summary: "Were the right tools called with the right arguments, or rightly none?",
    needs: ["conversation|output"],
    otherNames: {
      deepeval: "ArgumentCorrectnessMetric, ToolUseMetric, MCPUseMetric, MultiTurnMCPUseMetric",
      mlflow: "ToolCallCorrectness",
      phoenix: "ToolSelectionEvaluator, ToolInvocationEvaluator",
      openevals: "TOOL_SELECTION_PROMPT",
    },
    labels: [
      label(
        "correct",
        1,
        "every call needed was made, with a right tool and right arguments, and no harmful one",
      ),
      label(
        "partly_correct",
        0.5,
        "the calls that decide the outcome are right; a lesser one is wrong, or was put right afterwards",
      ),
      label(
        "incorrect",
        0,
        "a call that decides the outcome is missing, is of the wrong tool, or has wrong arguments",
      ),
    ],
  }),
  modelJudge({
    name: "tool_call_efficiency",
    summary: "Could the agent have got as far with fewer tool calls?",
    needs: ["conversation|output"],
    threshold: 0.5,
    otherNames: {
      deepeval: "StepEfficiencyMetric, AgentLoopDetectionMetric",
      mlflow: "ToolCallEfficiency",
    },
    labels: [
      label("efficient", 1, "no call could be left out; making none is efficient too"),
      label("some_waste", 0.5, "one or two calls brought nothing, or could have been one"),
      label("wasteful", 0, "many calls brought nothing: repeats, loops, fetching the same again"),
    ],
  }),
  modelJudge({
    name: "plan_quality",
    summary: "Would the agent's plan, carried out, reach the goal?",
    needs: ["conversation|output"],
    threshold: 0.5,
    otherNames: { deepeval: "PlanQualityMetric" },
    labels: [
      label("sound", 1, "carried out as written, it reaches the goal within the agent's means and limits"),
      label("weak", 0.5, "it can reach the goal, but a step is vague, needless or out of order"),
      label(
        "unsound",
        0,
        "carried out as written, it misses the goal, or needs what the agent has not or may not use",
      ),
      label("no_plan", null, "the agent wrote no plan"),
    ],
  }),
  modelJudge({
    name: "plan_adherence",
    summary: "Did the agent do what its plan says?",
    threshold: 0.5,
    needs: ["conversation|output"],
    otherNames: { deepeval: "PlanAdherenceMetric", openevals: "PLAN_ADHERENCE_PROMPT" },
    labels: [
      label(
        "followed",
        1,
        "each step was done or given up for a reason that came up on the way, and no other was taken",
      ),
      label(
        "departed",
        0.5,
        "the main steps were done; a lesser one was left out or put in without a reason",
      ),
      label("abandoned", 0, "a main step was left out, or others were taken instead, without a reason"),
      label("no_plan", null, "the agent wrote no plan"),
    ],
  }),
  modelJudge({
    name: "task_success",
    aliases: ["goal_accuracy"],
    summary: "Did the user get what they came for?",
    level: "session",
    needs: ["conversation|output"],
    otherNames: {
      deepeval: "TaskCompletionMetric, GoalAccuracyMetric, MCPTaskCompletionMetric",
      ragas: "AgentGoalAccuracyWithReference, AgentGoalAccuracyWithoutReference",
      promptfoo: "trajectory:goal-success",
      openevals: "TASK_COMPLETION_PROMPT, TRAJECTORY_ACCURACY_PROMPT",
    },
    labels: [
      label("success", 1, "what the user came for was done, and the record shows it"),
      label("partial", 0.5, "a part that is of use by itself was done, the rest was not"),
      label("failure", 0, "it was not done, was done wrongly, or harm was done on the way"),
    ],
  }),
] as const;
