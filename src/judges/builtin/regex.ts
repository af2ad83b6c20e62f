import { z } from "zod";
import { codeJudge, decided, quoted, unscored } from "../code-judge.ts";
import { expectedValue, judgedText, subjectParams } from "../subject.ts";
import { withinMs } from "../time-limit.ts";

/** Ordinary patterns take a small part of it; one that backtracks without end takes it all. */
const LIMIT_MS = 1_000;

function isPattern({
  pattern,
  flags,
}: {
  readonly pattern?: string | undefined;
  readonly flags: string;
}): boolean {
  if (pattern === undefined) return true;
  try {
    new RegExp(pattern, flags);
    return true;
  } catch {
    return false;
  }
}

/** Searches anywhere in the text; `^` and `$` bind to its ends, or with the flag m to lines. */
export const regex = codeJudge({
  name: "regex",
  summary: "A JavaScript regular expression matches the output.",
  revision: 1,
  level: "trace",
  needs: ["output"],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z
    .strictObject({
      ...subjectParams,
      pattern: z.string().min(1).max(2_000).optional(),
      /** Which expectation of the example holds the pattern, where none is given here. */
      expectation: z.string().min(1).max(80).optional(),
      flags: z
        .string()
        .regex(/^[imsuv]*$/, "some of i, m, s, u, v")
        .default(""),
    })
    .refine(({ pattern, expectation }) => (pattern === undefined) !== (expectation === undefined), {
      path: ["pattern"],
      message: "needs a pattern, or the expectation that holds it",
    })
    .refine(isPattern, { path: ["pattern"], message: "no valid JavaScript regular expression" }),
  otherNames: {
    deepeval: "PatternMatchMetric",
    promptfoo: "regex, starts-with",
    phoenix: "MatchesRegex",
  },
  judge(item, { field, flags, ...params }) {
    const pattern = params.pattern ?? expectedValue(item, { expectation: params.expectation ?? "" });
    if (typeof pattern !== "string" || !isPattern({ pattern, flags }))
      return unscored("expectation_missing", `no pattern in expectation "${params.expectation}"`);
    const text = judgedText(item, field);
    if (text === undefined) return decided(false, `no field ${field}`);
    const match = withinMs(LIMIT_MS, () => new RegExp(pattern, flags).exec(text));
    return decided(match !== null, match ? `matched ${quoted(match[0])}` : "no match");
  },
});
