import { z } from "zod";
import { isJsonObject, Json, type JsonObject } from "../../model/json.ts";
import { codeJudge, notApplicable, share, unscored } from "../code-judge.ts";
import {
  type ComparedLeaves,
  compareLeaves,
  describeLeaves,
  keptLeaves,
  leafParams,
} from "../json-leaves.ts";
import { expectedValue } from "../subject.ts";

/** Leaves that the state has where nothing is expected count as different. */
function withUnexpected(
  state: Json,
  expected: JsonObject,
  compared: ComparedLeaves,
  ignore: readonly string[],
): ComparedLeaves {
  const wanted = new Set(keptLeaves(expected, ignore).map(({ steps }) => JSON.stringify(steps)));
  const extra = keptLeaves(state, ignore).filter(({ steps }) => !wanted.has(JSON.stringify(steps)));
  return {
    equal: compared.equal,
    total: compared.total + extra.length,
    different: [...compared.different, ...extra.map(({ steps }) => steps.join("."))],
  };
}

/**
 * Share of the expected fields that the state which the agent left behind has with an equal value; with `equal`
 * fields that it has beyond them count against it. Passing is all of them, as tau-bench compares databases.
 */
export const finalState = codeJudge({
  name: "final_state",
  summary: "The agent left the world in the expected state.",
  revision: 1,
  level: "trace",
  needs: ["state"],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z.strictObject({
    ...leafParams,
    mode: z.enum(["subset", "equal"]).default("subset"),
    /** Instead of the example's own expectation. */
    expected: z.record(z.string(), Json).optional(),
    /** Which expectation of the example holds the state. */
    expectation: z.string().min(1).max(80).default("state"),
  }),
  otherNames: {},
  judge(item, params) {
    const expected = expectedValue(item, params);
    if (!isJsonObject(expected))
      return unscored("expectation_missing", `expectation "${params.expectation}" is no object`);
    if (params.mode === "subset" && Object.keys(expected).length === 0)
      return notApplicable("nothing is expected of the state");
    const subset = compareLeaves(item.state, expected, params);
    const leaves =
      params.mode === "subset" ? subset : withUnexpected(item.state, expected, subset, params.ignore);
    return share(leaves.equal, leaves.total, describeLeaves(leaves));
  },
});
