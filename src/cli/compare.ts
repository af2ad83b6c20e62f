import { renderAnswer } from "../app/call-tool.ts";
import type { Context } from "../context.ts";
import { compare, comparisonAnswer } from "../evaluation/comparisons.ts";
import { type BudgetArguments, budgetOf } from "../ledger/budget-fields.ts";
import { endedEvaluation } from "./ended-evaluation.ts";
import { printAnswer } from "./print.ts";
import { measure } from "./with-app.ts";
import { workOnJob } from "./work-on-job.ts";
import { checkOutputs } from "./write-output.ts";
import { writeReports } from "./write-reports.ts";

export interface CompareOptions extends BudgetArguments {
  readonly project?: string;
  readonly primary?: string;
  readonly alpha?: number;
  readonly margin?: number;
  readonly pairJudge?: readonly string[];
  readonly report?: readonly string[];
  readonly json?: boolean;
}

const EXIT = { better: 0, equivalent: 0, worse: 1, inconclusive: 2 } as const;

/** Another job, which pays nothing again that was answered. */
const commandOf = (
  { baseline, candidate }: { readonly baseline: string; readonly candidate: string },
  judges: readonly string[],
): string => `evalwright compare ${baseline} ${candidate} --pair-judge ${judges.join(" ")}`;

/** Asks judges of pairs here, with a bar; the first one decides unless another is named. */
async function judgePairs(
  context: Context,
  pair: { readonly baseline: string; readonly candidate: string },
  options: CompareOptions,
): Promise<string | undefined> {
  const { pairJudge: judges = [], primary } = options;
  if (judges.length === 0) return primary;
  const { planPairs } = await import("../evaluation/plan-pairs.ts");
  const { createPlanned } = await import("../evaluation/start.ts");
  const plan = await planPairs(context, { ...pair, judges });
  const { jobId } = await createPlanned(context, plan, { budget: budgetOf(options) });
  if (!options.json) process.stderr.write(`job ${jobId}\n`);
  await workOnJob(context, jobId, "pairs");
  await endedEvaluation(context, jobId, commandOf(pair, judges));
  return primary ?? plan.setup.primary;
}

async function run(
  context: Context,
  pair: { readonly baseline: string; readonly candidate: string },
  options: CompareOptions,
): Promise<number> {
  const { alpha, margin } = options;
  await checkOutputs(options.report ?? []);
  const primary = await judgePairs(context, pair, options);
  const comparison = await compare(context, { ...pair, primary, alpha, margin });
  if (options.report) {
    const { comparisonReport } = await import("../evaluation/report/comparison-report.ts");
    await writeReports(options.report, (format) => comparisonReport(comparison, format));
  }
  if (options.json) console.log(JSON.stringify(comparison));
  else printAnswer(renderAnswer(comparisonAnswer(comparison)));
  return EXIT[comparison.verdict];
}

/**
 * `evalwright compare BASELINE CANDIDATE`.
 * @returns the exit code: 0 better or equivalent, 1 worse, 2 not shown either way, which is what any error comes to.
 */
export async function compareCommand(
  baseline: string,
  candidate: string,
  options: CompareOptions,
): Promise<number> {
  return measure(options, (context) => run(context, { baseline, candidate }, options));
}
