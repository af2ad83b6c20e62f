import { z } from "zod";
import { trustOf } from "../calibration/judge-trust.ts";
import { readAllExamples } from "../datasets/merge.ts";
import { invalidInput } from "../errors.ts";
import { type JobRunner, type JobTools, Parked } from "../jobs/runner.ts";
import type { Recording } from "../judges/agent/reading-tools.ts";
import { notApplicableVerdict } from "../judges/applies.ts";
import { missingRunVerdict } from "../judges/missing-run.ts";
import { createLedger, type Ledger } from "../ledger/ledger.ts";
import { overBudget } from "../ledger/used-up.ts";
import type { EvaluationSummary } from "../model/estimate.ts";
import type { ResultRow } from "../model/evaluation.ts";
import type { Example } from "../model/example.ts";
import type { Job } from "../model/job.ts";
import { Json } from "../model/json.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { JudgedItem } from "../model/judged-item.ts";
import type { Verdict } from "../model/verdict.ts";
import type { Holder } from "../store/ledger-store.ts";
import type { Page } from "../store/store.ts";
import { answererOf } from "./answerer.ts";
import { EvaluationJobInput, sourceNotes } from "./job-input.ts";
import { type JudgingTools, judgeItem, judgePair } from "./judge-item.ts";
import { judgingOf } from "./judging-of.ts";
import { sourcesOf } from "./obtain.ts";
import { type OpenRuns, openRuns } from "./open-runs.ts";
import { type Held, type PipelineCounts, runPipeline, type Work } from "./pipeline.ts";
import { createRecordedNotes } from "./recorded-notes.ts";
import { createResultHash } from "./result-hash.ts";
import { createRowWriter } from "./row-writer.ts";
import { isMissing, itemOf, recordingOfRun } from "./run-record.ts";
import { createSummary } from "./summarize.ts";
import { createSilenceNotes, createUsageNotes } from "./usage-notes.ts";
import { rounded } from "./words.ts";

/** Rows whose verdicts may be under way together, beyond the runs: enough to keep wide endpoints busy. */
const ROWS_AT_ONCE = 128;

interface Running {
  readonly job: Job;
  readonly tools: JobTools;
  readonly input: EvaluationJobInput;
  readonly holder: Holder;
  readonly ledger: Ledger;
}

const workOf = (examples: Awaited<ReturnType<typeof readAllExamples>>, repeats: number): Work[] =>
  Array.from({ length: repeats }, (_, repeat) => examples.map((example) => ({ example, repeat }))).flat();

/** Running means for whoever looks while it runs. */
function createPartial(total: number) {
  const judges = new Map<string, { scored: number; sum: number }>();
  let done = 0;
  return {
    add(verdicts: Readonly<Record<string, { state: string; value: number | null }>>): void {
      done += 1;
      for (const [name, { state, value }] of Object.entries(verdicts)) {
        if (state !== "scored" || value === null) continue;
        const known = judges.get(name) ?? { scored: 0, sum: 0 };
        judges.set(name, { scored: known.scored + 1, sum: known.sum + value });
      }
    },
    done: () => done,
    result: (evaluationId: string, counts: Partial<PipelineCounts> = {}): Json => ({
      evaluation: evaluationId,
      rows: done,
      of: total,
      soFar: Object.fromEntries(
        [...judges].map(([name, { scored, sum }]) => [name, { scored, mean: rounded(sum / scored) }]),
      ),
      ...(counts.pending ? { verdictsPending: counts.pending } : {}),
    }),
  };
}

const missingVerdict = (judge: ResolvedJudge, { expectations }: Example): Verdict =>
  notApplicableVerdict(judge, expectations) ?? missingRunVerdict(judge);

/** One run by itself, or beside the baseline's where pairs are judged. */
async function judgeRow(
  judge: ResolvedJudge,
  item: JudgedItem,
  work: Work,
  { obtainBaseline }: OpenRuns,
  { judging, recording }: { readonly judging: JudgingTools; readonly recording: Recording | null },
): Promise<Verdict | Held> {
  const { example, repeat } = work;
  const sources = sourcesOf(example);
  if (!obtainBaseline) return judgeItem(judge, item, sources, judging, recording);
  const other = await obtainBaseline(work);
  if (other === "pending" || other === "over_budget") return other;
  if (isMissing(other.run)) return missingVerdict(judge, example);
  const baseline = itemOf(example, other);
  return judgePair(
    judge,
    { candidate: item, baseline, drawKey: `${example.id}.${repeat}` },
    sources,
    judging,
  );
}

async function play(running: Running, runs: OpenRuns) {
  const { job, tools, input, holder, ledger } = running;
  const { setup, evaluationId } = input;
  const { store } = tools;
  const { dataset, splits, judges, repeats } = setup;
  const examples = await readAllExamples(store, job.projectId, dataset.name, dataset.version, splits);
  const work = workOf(examples, repeats);
  const partial = createPartial(work.length);
  const writer = createRowWriter((rows) => store.records.evaluations.putRows(holder, evaluationId, rows));
  const judging = await judgingOf(job, tools, judges, input.repository, { ledger, seed: setup.seed });
  const counts = await runPipeline({
    work,
    judges,
    concurrency: Math.max(runs.concurrency, ROWS_AT_ONCE),
    obtain: runs.obtain,
    judge: (judge, item, one, { run }) =>
      judgeRow(judge, item, one, runs, { judging, recording: recordingOfRun(run) }),
    missing: (judge, { example }) => missingVerdict(judge, example),
    async onRow(row) {
      await writer.add(row);
      partial.add(row.verdicts);
      tools.progress(partial.done(), work.length, partial.result(evaluationId));
    },
  });
  await writer.end();
  return { counts, partial };
}

/** Reads the rows back, in order, so that a job that went on sums up the same as one that was never stopped. */
async function conclude(
  { job, tools, input, holder }: Running,
  { changed, notes }: { readonly changed: boolean; readonly notes: readonly string[] },
): Promise<Json> {
  const { setup, evaluationId } = input;
  const { records } = tools.store;
  const summary = createSummary(setup);
  const hash = createResultHash(setup);
  const recorded = createRecordedNotes(input.source);
  const usage = createUsageNotes();
  const silence = createSilenceNotes();
  const { projectId } = job;
  const readPage = (cursor?: string) =>
    records.evaluations.readRows({ projectId, evaluationId, includeHoldout: true, limit: 250, cursor });
  // The store's thread reads the next page while this one is summed up.
  for (let reading: ReturnType<typeof readPage> | null = readPage(); reading !== null; ) {
    const page: Page<ResultRow> = await reading;
    reading = page.next === null ? null : readPage(page.next);
    for (const row of page.items) {
      summary.add(row);
      hash.add(row);
      recorded.add(row);
      usage.add(row);
      silence.add(row);
    }
  }
  const { name, version } = setup.dataset;
  const owner = { scope: "job", jobId: job.id } as const;
  const { spent, budget } = await records.ledger.report(job.projectId, owner);
  const result: EvaluationSummary = summary.result({
    spent,
    answerer: await answererOf(records.ledger, job.projectId, job.id),
    notes: [
      ...sourceNotes(input.source),
      ...(await recorded.notes(() =>
        readAllExamples(tools.store, job.projectId, name, version, setup.splits),
      )),
      ...usage.notes(),
      ...(input.source.kind === "file" ? silence.notes(budget) : []),
      ...notes,
      ...(changed ? ["the target's code changed while the evaluation ran: it cannot be compared"] : []),
    ],
  });
  const resultHash = hash.digest();
  const asJson = Json.parse(JSON.parse(JSON.stringify(result)));
  await records.evaluations.finish(holder, evaluationId, { summary: asJson, resultHash, changed });
  const trust = await trustOf(records.versions, job.projectId, setup.judges, Date.now() * 1_000);
  const judges = [...trust].map(([name, { words }]) => [name, words]);
  // Its reader goes on to the comparison.
  const compare = setup.pair ? { ...setup.pair, primary: setup.primary } : {};
  return { evaluation: evaluationId, changed, calibration: Object.fromEntries(judges), ...compare };
}

/** An evaluation that has been played as far as it goes. */
export interface Played {
  readonly pending: number;
  readonly overBudget: number;
  readonly rows: number;
  /** What it is so far. */
  readonly result: Json;
  /** Sums up; only once nothing is held. */
  conclude(): Promise<Json>;
}

/**
 * Runs and judges one evaluation inside a job. Everything that costs goes through the ledger, so that a killed job goes on
 * without paying twice.
 * @throws AppError `conflict` when the target's code is another than when it began.
 */
export async function playEvaluation(
  input: EvaluationJobInput,
  { job, tools, holder, ledger }: Omit<Running, "input">,
): Promise<Played> {
  const { store, signal, log } = tools;
  const { evaluationId, note, setup, prompts } = input;
  const { projectId, id: jobId } = job;
  await store.records.evaluations.create({ id: evaluationId, projectId, jobId, note, setup });
  const runs = await openRuns(input.source, {
    evaluationId,
    repository: input.repository,
    projectId,
    setup,
    store,
    ledger,
    log,
    signal,
    prompts,
  });
  try {
    const running = { job, tools, input, holder, ledger };
    const { counts, partial } = await play(running, runs);
    signal.throwIfAborted();
    const changed = counts.pending + counts.overBudget === 0 && (await runs.hasChanged());
    const notes = runs.notes();
    return {
      pending: counts.pending,
      overBudget: counts.overBudget,
      rows: partial.done(),
      result: partial.result(evaluationId, counts),
      conclude: () => conclude(running, { changed, notes }),
    };
  } finally {
    await runs.close();
  }
}

/**
 * A job of kind `evaluation`. It parks while nothing is left but questions to the assistant.
 * @throws AppError `refused` when a budget is used up (a larger one resumes it), `conflict` when the target's code is
 * another than when it began.
 */
export const runEvaluationJob: JobRunner = async (job, tools) => {
  const parsed = EvaluationJobInput.safeParse(job.input);
  if (!parsed.success)
    throw invalidInput("The evaluation's setup is not one of this version", "Start a new evaluation.");
  const holder = { projectId: job.projectId, jobId: job.id, epoch: job.epoch };
  const ledger = createLedger({ store: tools.store.records.ledger, holder, signal: tools.signal });
  const played = await playEvaluation(parsed.data, { job, tools, holder, ledger });
  if (played.overBudget > 0) throw overBudget(played.overBudget, played.rows, ledger.counts);
  if (played.pending > 0) return new Parked(played.result);
  const end = await played.conclude();
  return Json.parse({
    ...z.record(z.string(), Json).parse(played.result),
    ...z.record(z.string(), Json).parse(end),
  });
};
