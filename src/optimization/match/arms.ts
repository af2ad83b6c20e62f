import type { Context } from "../../context.ts";
import { type Arm, readArm } from "../../evaluation/arms.ts";
import { mean } from "../../evaluation/values.ts";
import { EvaluationSummary } from "../../model/estimate.ts";
import type { Evaluation } from "../../model/evaluation.ts";
import type { ResolvedJudge } from "../../model/judge.ts";
import type { ArmNumber, MatchArm } from "../../model/match.ts";
import { clusteredTInterval } from "../../statistics/clustered-mean.ts";

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** The mean over examples of a measure, with Student's t interval of 95 %. */
function measureOf({ measures }: Arm, name: "costUsd" | "durationMs"): ArmNumber {
  const means = [...(measures.get(name)?.values() ?? [])].flatMap((values) => mean(values) ?? []);
  if (means.length === 0) return { mean: null, low: null, high: null };
  const { low, high } = clusteredTInterval(means.map((value) => [value]));
  return { mean: mean(means), low: finite(low) === null ? null : Math.max(0, low), high: finite(high) };
}

/** One arm of a look as a row of its table, and what its rows hold. */
export async function describeArm(
  context: Pick<Context, "store" | "project">,
  name: string,
  evaluation: Evaluation,
): Promise<{ readonly row: MatchArm; readonly arm: Arm }> {
  const judges: readonly ResolvedJudge[] = evaluation.setup.judges;
  const arm = await readArm(context, evaluation, judges);
  const summary = EvaluationSummary.parse(evaluation.summary);
  const numbers = summary.judges.map(({ judge, mean: value, interval }): [string, ArmNumber] => [
    judge,
    { mean: value, low: interval?.low ?? null, high: interval?.high ?? null },
  ]);
  return {
    arm,
    row: {
      arm: name,
      evaluation: evaluation.id,
      n: summary.examples,
      judges: Object.fromEntries(numbers),
      costUsd: measureOf(arm, "costUsd"),
      durationMs: measureOf(arm, "durationMs"),
    },
  };
}
