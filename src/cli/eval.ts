import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type App, contextFor } from "../app/app.ts";
import { openApp } from "../app/open.ts";
import type { Context } from "../context.ts";
import { AppError, invalidInput } from "../errors.ts";
import { findEvaluation, summaryOf } from "../evaluation/find.ts";
import { checkGates, type Gate, gateExitCode, parseGate } from "../evaluation/gates.ts";
import { planEvaluation } from "../evaluation/plan.ts";
import { preflight } from "../evaluation/preflight.ts";
import { evaluationData } from "../evaluation/show.ts";
import { createEvaluation, type StartEvaluation } from "../evaluation/start.ts";
import { runJob } from "../jobs/run.ts";
import type { JudgeRef } from "../judges/judges-for.ts";
import { budgetOf } from "../ledger/budget-fields.ts";
import type { Evaluation } from "../model/evaluation.ts";
import { savedLines } from "./import-tests.ts";
import { printAnswer } from "./print.ts";
import { progressBar } from "./progress-bar.ts";

export interface EvalOptions {
  readonly project?: string;
  readonly dataset?: string;
  readonly target?: string;
  readonly gitRef?: string;
  readonly judge?: readonly string[];
  readonly primary?: string;
  readonly repeats: number;
  readonly gate?: readonly string[];
  readonly requireCalibrated?: boolean;
  readonly reuse?: string;
  readonly recordedFilter?: string;
  readonly matchTag?: string;
  readonly allowRealSideEffects?: boolean;
  readonly maxCalls?: number;
  readonly maxUsd?: number;
  readonly maxMinutes?: number;
  readonly note?: string;
  readonly dryRun?: boolean;
  readonly resume?: string;
  readonly junit?: string;
  readonly report?: readonly string[];
  readonly json?: boolean;
}

/** Short: whoever resumes after a kill should not wait long. */
const LEASE_MS = 5_000;
const PATIENCE_MS = 35_000;

const IDLE = { signal: new AbortController().signal, progress: () => undefined };

/** What is asked for, after a file of tests has said what the options do not. */
interface Asked extends Omit<EvalOptions, "judge"> {
  readonly judge?: readonly JudgeRef[];
}

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

/** Works on the job in this process, with a bar; Ctrl-C leaves it where it is, to be resumed. */
async function work(app: App, jobId: string): Promise<void> {
  const stop = new AbortController();
  const onStop = () => stop.abort();
  process.once("SIGINT", onStop).once("SIGTERM", onStop);
  const bar = progressBar();
  const timer = setInterval(() => {
    app.store.records.jobs.get(app.project.id, jobId).then(
      (job) => job && bar.show(job.done, job.total, `${job.done} of ${job.total} rows`),
      () => undefined,
    );
  }, 500);
  try {
    const run = () =>
      runJob({ store: app.store, jobId, log: app.log, signal: stop.signal, leaseMs: LEASE_MS });
    let outcome = await run();
    // A process that was killed holds the job until its lease runs out.
    for (
      const until = Date.now() + PATIENCE_MS;
      outcome === "taken" && Date.now() < until;
      outcome = await run()
    ) {
      const job = await app.store.records.jobs.get(app.project.id, jobId);
      if (job?.state !== "running" && job?.state !== "interrupted") break;
      await sleep(250);
    }
    bar.clear();
    if (outcome === "taken")
      throw new AppError("conflict", "Another process works on this job, or it has ended");
  } finally {
    clearInterval(timer);
    bar.clear();
    process.off("SIGINT", onStop).off("SIGTERM", onStop);
  }
}

async function ended(app: App, jobId: string): Promise<Evaluation> {
  const job = await app.store.records.jobs.get(app.project.id, jobId);
  if (job?.state === "waiting")
    throw new AppError("unavailable", "Judges of this evaluation wait for answers of an assistant", {
      hint: `Configure a model endpoint (EVALWRIGHT_MODEL), use code judges, or let an assistant answer get_tasks and resume with --resume ${jobId}.`,
    });
  if (job?.state !== "done") {
    const why = job?.error ?? "it was stopped";
    throw new AppError("unavailable", `The evaluation did not end: ${why}`, {
      hint: `evalwright eval --resume ${jobId} goes on where it was.`,
    });
  }
  const context = await contextFor(app, undefined, IDLE);
  const result = job.result;
  const id = typeof result === "object" && result !== null && "evaluation" in result ? result.evaluation : "";
  return findEvaluation(context, String(id));
}

/** DESIGN: model judges without a calibration card warn; with --require-calibrated they refuse; code is exempt. */
function calibrationProblem(evaluation: Evaluation): string | null {
  const names = evaluation.setup.judges.filter(({ kind }) => kind !== "code").map(({ name }) => name);
  return names.length === 0 ? null : `not calibrated against people: ${names.join(", ")}`;
}

async function writeReports(app: App, evaluation: Evaluation, options: Asked): Promise<void> {
  const context = await contextFor(app, undefined, IDLE);
  if (options.junit) {
    const { junitOf } = await import("../evaluation/report/junit.ts");
    await writeFile(options.junit, await junitOf(context, evaluation, gatesOf(options)));
  }
  for (const path of options.report ?? []) {
    const { evaluationReport } = await import("../evaluation/report/evaluation-report.ts");
    await writeFile(
      path,
      await evaluationReport(context, evaluation, /\.html?$/i.test(path) ? "html" : "markdown"),
    );
  }
}

function printOutcome(evaluation: Evaluation, options: Asked): number {
  const results = checkGates(gatesOf(options), summaryOf(evaluation));
  const uncalibrated = calibrationProblem(evaluation);
  const refused = options.requireCalibrated === true && uncalibrated !== null;
  const exitCode = refused ? 2 : gateExitCode(results);
  if (options.json) {
    const gates = results.map(({ gate, outcome, why }) => ({ gate: gate.text, outcome, why }));
    console.log(
      JSON.stringify({ ...evaluationData(evaluation), resultHash: evaluation.resultHash, gates, exitCode }),
    );
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
  const { saved, ...asked } = await askOf(context, path, options);
  for (const line of savedLines(saved)) process.stderr.write(`${line}\n`);
  return { ...options, ...asked };
}

async function run(app: App, path: string | undefined, options: EvalOptions): Promise<number> {
  const context = await contextFor(app, undefined, IDLE);
  const asked = path === undefined ? options : await withFile(context, path, options);
  gatesOf(asked);
  if (asked.dryRun) {
    const input = inputOf(asked);
    const { data, untrusted } = await preflight(context, await planEvaluation(context, input), input.budget);
    printAnswer({ ...data, ...untrusted });
    return 0;
  }
  const jobId = asked.resume ?? (await createEvaluation(context, inputOf(asked))).jobId;
  if (asked.resume) await app.store.records.jobs.reopen(asked.resume);
  if (!asked.json) process.stderr.write(`job ${jobId}\n`);
  await work(app, jobId);
  const evaluation = await ended(app, jobId);
  await writeReports(app, evaluation, asked);
  return printOutcome(evaluation, asked);
}

/**
 * `evalwright eval [FILE]`: runs an evaluation in this process and holds it against gates.
 * @param path a file of tests, whose gates, judges and target hold where the options name none.
 * @returns the exit code: 0 pass, 1 fail, 2 cannot be measured.
 */
export async function evalCommand(path: string | undefined, options: EvalOptions): Promise<number> {
  const app = await openApp({ project: options.project, quiet: true });
  try {
    return await run(app, path, options);
  } catch (error) {
    // Nothing was measured: a gate, which a file may hold too, neither passed nor failed.
    if (!(error instanceof AppError) || (options.gate === undefined && path === undefined)) throw error;
    process.stderr.write(`${error.describe()}\n`);
    return 2;
  } finally {
    await app.store[Symbol.asyncDispose]();
  }
}
