import { z } from "zod";
import { isJsonObject, Json } from "../../model/json.ts";
import { codeJudge, share, unscored } from "../code-judge.ts";
import { compareLeaves, describeLeaves, leafParams } from "../json-leaves.ts";
import { asJson, expectedValue } from "../subject.ts";

/**
 * Share of the expected fields that the output has with an equal value. Objects are looked into, lists are compared
 * whole; what the output has beyond the expected fields does not count.
 */
export const jsonFields = codeJudge({
  name: "json_fields",
  summary: "The expected fields of a JSON output have the expected values.",
  revision: 1,
  level: "trace",
  needs: ["output"],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z.strictObject({
    ...leafParams,
    /** Field paths such as `order.items[0].sku` with their values, instead of the example's own expectation. */
    fields: z.record(z.string(), Json).optional(),
    /** Which expectation of the example holds the expected object. */
    expectation: z.string().min(1).max(80).default("answer"),
  }),
  otherNames: { autoevals: "JSONDiff", openevals: "create_json_match_evaluator" },
  judge(item, params) {
    const expected = expectedValue(item, { expected: params.fields, expectation: params.expectation });
    if (!isJsonObject(expected) || Object.keys(expected).length === 0)
      return unscored("expectation_missing", `expectation "${params.expectation}" is no object`);
    const leaves = compareLeaves(asJson(item.output), expected, {
      ...params,
      keysArePaths: params.fields !== undefined,
    });
    return share(leaves.equal, leaves.total, describeLeaves(leaves));
  },
});
