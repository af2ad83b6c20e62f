import { label, modelJudge } from "./define.ts";

/** A label's value is for the answer shown first; the other one has 1 minus it. */
export const PAIR_LABELS = [
  label("first", 1, "the first is better"),
  label("second", 0, "the second is better"),
  label("tie", 0.5, "no difference that would matter"),
] as const;

/** Passing is not being worse. */
export const PAIR_THRESHOLD = 0.5;

/** Judges of two answers to the same input. */
export const pairJudges = [
  modelJudge({
    name: "preference",
    summary: "Which of two answers serves the user better? Asked in both orders; disagreement is a tie.",
    level: "pair",
    shape: "pair",
    threshold: PAIR_THRESHOLD,
    needs: ["output"],
    otherNames: {
      deepeval: "ArenaGEval",
      phoenix: "PairwiseEvaluator",
      autoevals: "Battle",
      promptfoo: "select-best",
    },
    labels: PAIR_LABELS,
  }),
] as const;
