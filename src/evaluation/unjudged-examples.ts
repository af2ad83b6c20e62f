import { findBuiltin } from "../judges/catalogue.ts";
import type { Need } from "../judges/definition.ts";
import { missingExpectation } from "../judges/needs.ts";
import type { Example } from "../model/example.ts";
import type { ResolvedJudge } from "../model/judge.ts";

/** Parameters that say what is expected of every example alike. */
const FOR_ALL = ["expected", "values", "fields", "schema", "pattern", "tools", "language"];

/** What a judge needs of an example's expectations, beside those that it is told not to apply without. */
function needsOf({ builtin, params }: ResolvedJudge): readonly Need[] {
  const judge = findBuiltin(builtin ?? "");
  const named = params["expectation"];
  if (!judge || judge.name === "language" || FOR_ALL.some((name) => params[name] !== undefined)) return [];
  return typeof named === "string" ? [`expectations.${named}`] : judge.needs;
}

/** Examples that lack the expectation which a judge needs, or by which it applies. */
export function unjudgedBy(judge: ResolvedJudge, examples: readonly Example[]) {
  const { whenExpected } = judge;
  const needs = needsOf(judge);
  const applicable = examples.filter(
    ({ expectations }) => whenExpected === undefined || Object.hasOwn(expectations, whenExpected),
  );
  const lacking = applicable.flatMap(({ expectations }) => missingExpectation(expectations, needs) ?? []);
  return { notApplicable: examples.length - applicable.length, lacking };
}

/** Before anything is spent: which examples a judge will say nothing of, and what to do about it. */
export const unjudgedNotes = (judges: readonly ResolvedJudge[], examples: readonly Example[]): string[] =>
  judges.flatMap((judge) => {
    const { notApplicable, lacking } = unjudgedBy(judge, examples);
    const [need] = lacking;
    const of = `of ${examples.length} examples`;
    return [
      ...(notApplicable > 0
        ? [`${judge.name} does not apply to ${notApplicable} ${of}: no expectations.${judge.whenExpected}`]
        : []),
      ...(need === undefined
        ? []
        : [
            `${judge.name} cannot judge ${lacking.length} ${of}: no ${need.replaceAll("|", " or ")}. They would be missing data; name another judge, or save this one with whenExpected, which leaves them out`,
          ]),
    ];
  });
