import { writeFile } from "node:fs/promises";
import { type App, contextFor } from "../app/app.ts";
import { renderAnswer } from "../app/call-tool.ts";
import { openApp } from "../app/open.ts";
import type { Context } from "../context.ts";
import { compare, comparisonAnswer } from "../evaluation/comparisons.ts";
import { type BudgetArguments, budgetOf } from "../ledger/budget-fields.ts";
import { endedEvaluation, IDLE } from "./ended-evaluation.ts";
import { printAnswer } from "./print.ts";
import { unmeasuredOnError } from "./unmeasured.ts";
import { workOnJob } from "./work-on-job.ts";

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
  app: App,
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
  await workOnJob(app, jobId, "pairs");
  await endedEvaluation(app, jobId, commandOf(pair, judges));
  return primary ?? plan.setup.primary;
}

async function run(
  app: App,
  pair: { readonly baseline: string; readonly candidate: string },
  options: CompareOptions,
): Promise<number> {
  const context = await contextFor(app, undefined, IDLE);
  const { alpha, margin } = options;
  const primary = await judgePairs(app, context, pair, options);
  const comparison = await compare(context, { ...pair, primary, alpha, margin });
  for (const path of options.report ?? []) {
    const { comparisonReport } = await import("../evaluation/report/comparison-report.ts");
    await writeFile(path, comparisonReport(comparison, /\.html?$/i.test(path) ? "html" : "markdown"));
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
  return unmeasuredOnError(async () => {
    const app = await openApp({ project: options.project, quiet: true });
    try {
      return await run(app, { baseline, candidate }, options);
    } finally {
      await app.store[Symbol.asyncDispose]();
    }
  });
}
