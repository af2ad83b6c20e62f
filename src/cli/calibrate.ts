import { createCalibration, preview, type StartCalibration } from "../calibration/start-calibration.ts";
import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import { type BudgetArguments, budgetOf } from "../ledger/budget-fields.ts";
import type { Omission } from "../model/answer.ts";
import { isJsonObject } from "../model/json.ts";
import { jobError } from "./job-error.ts";
import { printAnswer } from "./print.ts";
import { reopenJob } from "./reopen-job.ts";
import { measure } from "./with-app.ts";
import { workOnJob } from "./work-on-job.ts";

export interface CalibrateOptions extends BudgetArguments {
  readonly project?: string;
  readonly labels?: string;
  readonly source: "human" | "end_user";
  readonly filter?: string;
  readonly level?: "traces" | "sessions";
  readonly dataset?: string;
  readonly labelThreshold?: number;
  readonly limit: number;
  readonly repeats?: number;
  readonly population?: string;
  readonly sample?: number;
  readonly next?: number;
  readonly align?: boolean;
  readonly beside?: readonly string[];
  readonly dryRun?: boolean;
  readonly resume?: string;
  readonly retryFailed?: boolean;
  readonly json?: boolean;
}

const inputOf = (
  judge: string,
  { project: _, json: __, resume: ___, ...options }: CalibrateOptions,
): StartCalibration => ({
  ...options,
  judge,
  mode: options.align ? "align" : options.next === undefined ? "card" : "label_next",
  count: options.next ?? 0,
  budget: budgetOf(options),
  dryRun: options.dryRun ?? false,
});

function tellOmitted(omitted: readonly Omission[]): void {
  for (const { count, kind, how } of omitted) process.stderr.write(`left out: ${count} ${kind}. ${how}\n`);
}

async function run(context: Context, judge: string, options: CalibrateOptions): Promise<number> {
  const input = inputOf(judge, options);
  if (input.dryRun) {
    const { data, omitted } = await preview(context, input);
    tellOmitted(omitted ?? []);
    printAnswer(data);
    return 0;
  }
  const { jobId, omitted } = options.resume
    ? { jobId: options.resume, omitted: [] }
    : await createCalibration(context, input);
  tellOmitted(omitted);
  if (options.resume) await reopenJob(context, options.resume, options);
  if (!options.json) process.stderr.write(`job ${jobId}\n`);
  await workOnJob(context, jobId, "items");
  const job = await context.store.records.jobs.get(context.project.id, jobId);
  const again = `evalwright calibrate ${judge} --resume ${jobId}`;
  if (job?.state === "waiting")
    throw new AppError("unavailable", "The judge waits for answers of an assistant", {
      hint: `${again} goes on where it was.`,
    });
  if (job?.state !== "done" || !isJsonObject(job.result)) throw jobError("The calibration", job, again);
  if (options.json) console.log(JSON.stringify(job.result));
  else printAnswer(job.result);
  if (options.align) return job.result["verdict"] === "better" ? 0 : 2;
  if (options.next !== undefined) return 0;
  return job.result["informative"] === "yes" ? 0 : job.result["informative"] === "no" ? 1 : 2;
}

/**
 * `evalwright calibrate JUDGE`: checks a judge against people's labels in this process.
 * @returns the exit code: 0 its verdicts tell something about people's, 1 they do not, 2 that cannot be said, which is
 * what any error comes to.
 */
export async function calibrateCommand(judge: string, options: CalibrateOptions): Promise<number> {
  return measure(options, (context) => run(context, judge, options));
}
