import { z } from "zod";
import { canonicalJson } from "../../canonical.ts";
import type { Json } from "../../model/json.ts";
import { codeJudge, decided, quoted, unscored } from "../code-judge.ts";
import { parsedJson, unfenced } from "../json-path.ts";
import {
  comparable,
  expectedParams,
  expectedTexts,
  expectedValue,
  judgedText,
  judgedValue,
  subjectParams,
  textParams,
} from "../subject.ts";

function isSameJson(actual: Json, expected: Json): boolean {
  const value = typeof actual === "string" ? parsedJson(unfenced(actual)) : actual;
  return value !== undefined && canonicalJson(value) === canonicalJson(expected);
}

/**
 * 1 when the output is the expected value. Texts are compared without white space around them; a list of expected
 * texts are alternatives, of which SQuAD's exact match takes the best too. Objects and lists are compared as JSON,
 * whatever the order of keys.
 */
export const exactMatch = codeJudge({
  name: "exact_match",
  summary: "The output is exactly the expected answer.",
  revision: 1,
  level: "trace",
  needs: ["output"],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z.strictObject({ ...subjectParams, ...expectedParams, ...textParams }),
  otherNames: {
    deepeval: "ExactMatchMetric",
    ragas: "ExactMatch",
    promptfoo: "equals",
    autoevals: "ExactMatch",
    openevals: "exact_match",
    phoenix: "exact_match",
  },
  judge(item, params) {
    const expected = expectedValue(item, params);
    if (expected === undefined)
      return unscored("expectation_missing", `no expectation "${params.expectation}"`);
    const value = judgedValue(item, params.field);
    const text = judgedText(item, params.field);
    if (value === undefined || text === undefined) return decided(false, `no field ${params.field}`);
    const alternatives = expectedTexts(expected);
    const isSame =
      isSameJson(value, expected) ||
      (alternatives?.some(
        (one) => comparable(one, params.ignoreCase) === comparable(text, params.ignoreCase),
      ) ??
        false);
    return decided(isSame, isSame ? "equal" : `got ${quoted(text)}`);
  },
});
