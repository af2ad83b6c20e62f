import { trustOf } from "../calibration/judge-trust.ts";
import type { Context } from "../context.ts";
import { invalidInput } from "../errors.ts";
import { summaryOf } from "../evaluation/find.ts";
import { checkGates, type Gate, gateExitCode, parseGate } from "../evaluation/gates.ts";
import { planEvaluation } from "../evaluation/plan.ts";
import { preflight } from "../evaluation/preflight.ts";
import { evaluationData } from "../evaluation/show.ts";
import { createPlanned, type StartEvaluation } from "../evaluation/start.ts";
import type { JudgeRef } from "../judges/judges-for.ts";
import { type BudgetArguments, budgetOf } from "../ledger/budget-fields.ts";
import type { Evaluation } from "../model/evaluation.ts";
import { endedEvaluation } from "./ended-evaluation.ts";
import { noteLines, savedLines } from "./import-tests.ts";
import { printAnswer } from "./print.ts";
import { reopenJob } from "./reopen-job.ts";
import { measure } from "./with-app.ts";
import { workOnJob } from "./work-on-job.ts";
import { checkOutputs, writeOutput } from "./write-output.ts";
import { writeReports } from "./write-reports.ts";

export interface EvalOptions extends BudgetArguments {
  readonly project?: string;
  readonly dataset?: string;
  readonly target?: string;
  readonly gitRef?: string;
  readonly judge?: readonly string[];
  readonly primary?: string;
  readonly prompt?: readonly string[];
  readonly repeats: number;
  readonly gate?: readonly string[];
  readonly requireCalibrated?: boolean;
  readonly reuse?: string;
  readonly recordedFilter?: string;
  readonly matchTag?: string;
  readonly allowRealSideEffects?: boolean;
  readonly note?: string;
  readonly dryRun?: boolean;
  readonly resume?: string;
  readonly retryFailed?: boolean;
  readonly junit?: string;
  readonly report?: readonly string[];
  readonly json?: boolean;
}

/** What is asked for, after a file of tests has said what the options do not. */
interface Asked extends Omit<EvalOptions, "judge"> {
  readonly judge?: readonly JudgeRef[];
}

/** `--prompt system=support@7`: the target's name of the prompt, and the version that it is given. */
const promptsOf = ({ prompt = [] }: Pick<EvalOptions, "prompt">): Record<string, string> =>
  Object.fromEntries(
    prompt.map((pair): [string, string] => {
      const at = pair.indexOf("=");
      if (at < 1)
        throw invalidInput(
          `"${pair.slice(0, 60)}" is not name=prompt`,
          "Example: --prompt system=support@7.",
        );
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );

function inputOf(options: Asked): StartEvaluation {
  if (options.dataset === undefined)
    throw invalidInput(
      "A file of tests or --dataset is needed",
      "evalwright eval tests.yaml, or --dataset NAME: evalwright dataset list shows those that there are.",
    );
  return {
    dataset: options.dataset,
    target: options.target,
    gitRef: options.gitRef,
    judges: [...(options.judge ?? judgesOfGates(options))],
    prompts: promptsOf(options),
    primary: options.primary,
    repeats: options.repeats,
    reuse: options.reuse,
    recordedFilter: options.recordedFilter,
    matchTag: options.matchTag,
    allowRealSideEffects: options.allowRealSideEffects ?? false,
    note: options.note,
    budget: budgetOf(options),
    dryRun: options.dryRun ?? false,
  };
}

const gatesOf = ({ gate = [] }: Pick<EvalOptions, "gate">): Gate[] => gate.map(parseGate);

/** Judges that gates name need not be named again. */
function judgesOfGates(options: Pick<EvalOptions, "gate">): string[] {
  const names = [...new Set(gatesOf(options).map(({ judge }) => judge))];
  if (names.length === 0)
    throw invalidInput(
      "A judge is needed",
      "Give --judge NAME; evalwright call list_records kind=judge shows all.",
    );
  return names;
}

/** Judges that ask a model must have been checked against people, in this version and with a result; code is exempt. */
async function calibrationProblem(context: Context, { setup }: Evaluation): Promise<string | null> {
  const { versions } = context.store.records;
  const trust = await trustOf(versions, context.project.id, setup.judges, Date.now() * 1_000);
  const doubtful = [...trust].filter(([, { trusted }]) => !trusted);
  if (doubtful.length === 0) return null;
  const named = doubtful.map(([name, { words }]) => `${name} (${words})`).join(", ");
  return `not shown to agree with people: ${named}; evalwright calibrate JUDGE checks it`;
}

async function writeAsked(context: Context, evaluation: Evaluation, options: Asked): Promise<void> {
  if (options.junit) {
    const { junitOf } = await import("../evaluation/report/junit.ts");
    await writeOutput(options.junit, await junitOf(context, evaluation, gatesOf(options)));
  }
  if (options.report) {
    const { evaluationReport } = await import("../evaluation/report/evaluation-report.ts");
    await writeReports(options.report, (format) => evaluationReport(context, evaluation, format));
  }
}

async function printOutcome(context: Context, evaluation: Evaluation, options: Asked): Promise<number> {
  const results = checkGates(gatesOf(options), summaryOf(evaluation));
  const uncalibrated = await calibrationProblem(context, evaluation);
  const refused = options.requireCalibrated === true && uncalibrated !== null;
  const exitCode = refused ? 2 : gateExitCode(results);
  if (options.json) {
    const gates = results.map(({ gate, outcome, why }) => ({ gate: gate.text, outcome, why }));
    console.log(JSON.stringify({ ...evaluationData(evaluation), gates, exitCode }));
    return exitCode;
  }
  printAnswer(evaluationData(evaluation));
  for (const { gate, outcome, why } of results)
    console.log(
      `${outcome === "unmeasured" ? "CANNOT BE MEASURED" : outcome.toUpperCase()}  ${gate.text}  (${why})`,
    );
  if (uncalibrated) process.stderr.write(`${refused ? "refused" : "warning"}: ${uncalibrated}\n`);
  return exitCode;
}

/** Saves the tests of a file, and lets it say what the options do not. */
async function withFile(context: Context, path: string, options: EvalOptions): Promise<Asked> {
  if (options.dataset !== undefined)
    throw invalidInput("Give a file of tests or --dataset, not both", "The file is saved as a dataset.");
  const { askOf } = await import("../test-files/ask.ts");
  const { saved, notes, ...asked } = await askOf(context, path, options);
  for (const line of [...savedLines(saved), ...noteLines(notes)]) process.stderr.write(`${line}\n`);
  return { ...options, ...asked };
}

/** @throws AppError `invalid_input` before anything is run where a gate holds a judge that is not among the judges. */
async function createGated(context: Context, asked: Asked): Promise<string> {
  const input = inputOf(asked);
  const plan = await planEvaluation(context, input);
  const names = plan.setup.judges.map(({ name }) => name);
  const lost = gatesOf(asked).find(({ judge }) => !names.includes(judge));
  if (lost)
    throw invalidInput(
      `The gate "${lost.text}" is on a judge that is not run`,
      `Name it with --judge too. Run are: ${names.join(", ")}.`,
    );
  return (await createPlanned(context, plan, input)).jobId;
}

async function run(context: Context, path: string | undefined, options: EvalOptions): Promise<number> {
  const asked = path === undefined ? options : await withFile(context, path, options);
  gatesOf(asked);
  await checkOutputs([asked.junit, ...(asked.report ?? [])]);
  if (asked.dryRun) {
    const input = inputOf(asked);
    const { data, untrusted } = await preflight(context, await planEvaluation(context, input), input.budget);
    printAnswer({ ...data, ...untrusted });
    return 0;
  }
  const jobId = asked.resume ?? (await createGated(context, asked));
  if (asked.resume) await reopenJob(context, asked.resume, asked);
  if (!asked.json) process.stderr.write(`job ${jobId}\n`);
  await workOnJob(context, jobId, "rows");
  const evaluation = await endedEvaluation(context, jobId, `evalwright eval --resume ${jobId}`);
  await writeAsked(context, evaluation, asked);
  return await printOutcome(context, evaluation, asked);
}

/**
 * `evalwright eval [FILE]`: runs an evaluation in this process and holds it against gates.
 * @param path a file of tests, whose gates, judges and target hold where the options name none.
 * @returns the exit code: 0 pass, 1 fail, 2 cannot be measured, which is what any error comes to.
 */
export async function evalCommand(path: string | undefined, options: EvalOptions): Promise<number> {
  return measure(options, (context) => run(context, path, options));
}
