import { renderAnswer } from "../app/call-tool.ts";
import { editKinds } from "../census/edit-kinds.ts";
import { showCensus } from "../census/show.ts";
import { censusOfJob, createCensus, startCensus } from "../census/start-census.ts";
import type { Context } from "../context.ts";
import { AppError, invalidInput } from "../errors.ts";
import { type BudgetArguments, budgetOf } from "../ledger/budget-fields.ts";
import type { Answer } from "../model/answer.ts";
import { jobError } from "./job-error.ts";
import { printAnswer } from "./print.ts";
import { reopenJob } from "./reopen-job.ts";
import { withApp } from "./with-app.ts";
import { workOnJob } from "./work-on-job.ts";

export interface IssuesOptions extends BudgetArguments {
  readonly project?: string;
  readonly filter?: string;
  readonly level: "traces" | "sessions";
  readonly limit: number;
  readonly outcome?: string;
  readonly passFrom?: number;
  readonly notes: number;
  readonly compareTo?: string;
  readonly merge?: readonly string[];
  readonly split?: string;
  readonly rename?: string;
  readonly into?: string;
  readonly dryRun?: boolean;
  readonly resume?: string;
  readonly retryFailed?: boolean;
  readonly json?: boolean;
}

function editOf(options: IssuesOptions) {
  const { merge, split, rename } = options;
  if (merge) return { action: "merge" as const, kinds: merge };
  if (split) return { action: "split" as const, kinds: [split] };
  return rename ? { action: "rename" as const, kinds: [rename] } : undefined;
}

async function run(context: Context, options: IssuesOptions): Promise<Answer> {
  const input = { ...options, budget: budgetOf(options), dryRun: options.dryRun ?? false };
  if (input.dryRun) return startCensus(context, input);
  const { jobId, omitted } = options.resume
    ? { jobId: options.resume, omitted: [] }
    : await createCensus(context, input);
  if (options.resume) await reopenJob(context, options.resume, options);
  if (!options.json) process.stderr.write(`job ${jobId}\n`);
  await workOnJob(context, jobId, options.level);
  const answer = await censusOfJob(context, jobId, omitted);
  if (answer) return answer;
  const job = await context.store.records.jobs.get(context.project.id, jobId);
  const again = `evalwright issues --resume ${jobId}`;
  if (job?.state === "waiting")
    throw new AppError("unavailable", "The census waits for answers of an assistant", {
      hint: `${again} goes on where it was.`,
    });
  throw jobError("The census", job, again);
}

async function answerOf(
  context: Context,
  census: string | undefined,
  options: IssuesOptions,
): Promise<Answer> {
  const edit = editOf(options);
  if (census === undefined) {
    if (edit)
      throw invalidInput("Name the census whose kinds are edited", "list_records kind census lists them.");
    return run(context, options);
  }
  if (!edit) return showCensus(context, { id: census, compareTo: options.compareTo });
  if (options.into === undefined) throw invalidInput("--into names what becomes of it");
  return editKinds(context, { ...edit, census, into: options.into, filter: options.filter });
}

/** `evalwright issues [CENSUS]`: makes a census in this process, shows one, compares two, or edits its kinds. */
export async function issuesCommand(census: string | undefined, options: IssuesOptions): Promise<void> {
  await withApp(options, async (context) => {
    const answer = renderAnswer(await answerOf(context, census, options));
    if (options.json) console.log(JSON.stringify(answer));
    else printAnswer(answer);
  });
}
