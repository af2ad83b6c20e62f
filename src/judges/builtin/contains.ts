import { z } from "zod";
import { codeJudge, decided, notApplicable, quoted, share, unscored } from "../code-judge.ts";
import {
  comparable,
  expectedTexts,
  expectedValue,
  judgedText,
  subjectParams,
  textParams,
} from "../subject.ts";

/**
 * Texts that the output must hold. `match`: `all` (the value is the share that was found), `any` or `none` (1 or 0).
 */
export const contains = codeJudge({
  name: "contains",
  summary: "The output contains all, any or none of the given texts.",
  revision: 1,
  level: "trace",
  needs: ["output"],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z.strictObject({
    ...subjectParams,
    ...textParams,
    /** Instead of the example's own expectation. */
    values: z.array(z.string().min(1)).min(1).max(100).optional(),
    /** Which expectation of the example holds the text, or a list of them. */
    expectation: z.string().min(1).max(80).default("answer"),
    match: z.enum(["all", "any", "none"]).default("all"),
  }),
  otherNames: {
    ragas: "StringPresence",
    promptfoo: "contains, icontains, contains-all, contains-any",
    autoevals: "ListContains",
  },
  judge(item, params) {
    const expected = expectedValue(item, { expected: params.values, expectation: params.expectation });
    if (expected === undefined)
      return unscored("expectation_missing", `no expectation "${params.expectation}"`);
    if (Array.isArray(expected) && expected.length === 0) return notApplicable("nothing is asked for");
    const wanted = expectedTexts(expected);
    if (!wanted)
      return unscored(
        "expectation_missing",
        `expectation "${params.expectation}" is no text or list of texts`,
      );
    const said = judgedText(item, params.field);
    if (said === undefined) return decided(params.match === "none", `no field ${params.field}`);
    const text = comparable(said, params.ignoreCase);
    const found = wanted.filter((one) => text.includes(comparable(one, params.ignoreCase)));
    const first = found[0] === undefined ? "none found" : `found ${quoted(found[0])}`;
    if (params.match === "any")
      return decided(found.length > 0, `${first} (${found.length} of ${wanted.length})`);
    if (params.match === "none") return decided(found.length === 0, first);
    const missing = wanted.find((one) => !found.includes(one));
    return share(
      found.length,
      wanted.length,
      missing === undefined
        ? "all found"
        : `${found.length} of ${wanted.length} found; not ${quoted(missing)}`,
    );
  },
});
