import { label, modelJudge } from "./define.ts";

/** Judges of two answers to the same input. A label's value is for the answer shown first; the other one has 1 minus it. */
export const pairJudges = [
  modelJudge({
    name: "preference",
    summary: "Which of two answers serves the user better? Asked in both orders; disagreement is a tie.",
    level: "pair",
    shape: "pair",
    threshold: 0.5,
    needs: ["output"],
    otherNames: {
      deepeval: "ArenaGEval",
      autoevals: "Battle",
      promptfoo: "select-best",
    },
    labels: [
      label("first", 1, "the first serves the user better"),
      label("second", 0, "the second serves the user better"),
      label("tie", 0.5, "no difference that would matter to the user"),
    ],
  }),
] as const;
