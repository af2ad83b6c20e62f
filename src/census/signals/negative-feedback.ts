import { isIssueFeedback } from "../../model/issue-feedback.ts";
import { readOutcome } from "../read-outcome.ts";
import { type Hit, quoteOf, type Signal } from "../signal.ts";

/** People (not judges) gave feedback that says no: false, 0, fail, thumbs down. */
export const negativeFeedback: Signal = {
  name: "negative_feedback",
  definition: "A person gave bad feedback: false, 0, fail or the like.",
  layer: null,
  least: 1,
  find: ({ assessments }) =>
    assessments.flatMap(({ kind, name, source, value, rationale }): Hit[] =>
      kind === "feedback" &&
      (source === "human" || source === "end_user") &&
      !isIssueFeedback(name) &&
      readOutcome(value) === false
        ? [{ turn: null, detail: "bad feedback of a person", quote: quoteOf(rationale ?? "") }]
        : [],
    ),
};
