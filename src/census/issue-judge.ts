import { z } from "zod";
import { parseArguments } from "../arguments.ts";
import type { Context } from "../context.ts";
import { invalidInput } from "../errors.ts";
import { JudgeSpec } from "../model/judge.ts";
import { findCensus, kindOf } from "./find-census.ts";
import { ISSUE, judgeArguments } from "./kind-calls.ts";

const Params = z.strictObject({ kind: z.string().min(3).max(200) });

/**
 * A judge that is given as a kind of a census (`builtin: issue`, `params.kind: CENSUS/KIND`) written out: what the caller
 * says beside it stands. Any other is returned as it is.
 * @throws AppError `invalid_input` or `not_found` where there is no such kind.
 */
export async function issueJudge(
  context: Pick<Context, "store" | "project">,
  spec: JudgeSpec,
): Promise<JudgeSpec> {
  if (spec.builtin !== ISSUE) return spec;
  const { builtin: _, params, ...given } = spec;
  const { kind } = parseArguments(Params, ["kind"], params, "A judge of an issue");
  const found = await findCensus(context, kind);
  if (found.kind === null)
    throw invalidInput(
      "params.kind names a census without a kind",
      "Give CENSUS/KIND, as get_record shows it.",
    );
  return JudgeSpec.parse({ ...judgeArguments(found.census, kindOf(found.census, found.kind)), ...given });
}
