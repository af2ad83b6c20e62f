import { z } from "zod";
import type { Context } from "../../context.ts";
import { readAllExamples } from "../../datasets/merge.ts";
import { AppError, invalidInput } from "../../errors.ts";
import { askedText } from "../../evaluation/example-text.ts";
import { findEvaluation, rowsOf, summaryOf } from "../../evaluation/find.ts";
import { type JudgingTools, judgeItem } from "../../evaluation/judge-item.ts";
import { llmsOf } from "../../evaluation/llms.ts";
import { createReuse, sourcesOf } from "../../evaluation/obtain.ts";
import { isMissing, itemOf, type RunRecord, recordingOfRun } from "../../evaluation/run-record.ts";
import { knownItemsOf } from "../../judges/known-items.ts";
import { recordedLedger } from "../../ledger/recorded.ts";
import type { ResultRow } from "../../model/evaluation.ts";
import type { Example } from "../../model/example.ts";
import { OptimizationSetup } from "../../model/optimization.ts";
import type { Verdict } from "../../model/verdict.ts";
import { candidateKey } from "../campaign/arms.ts";
import { findOptimization, readEvents, summaryOf as summaryOfCampaign } from "../campaign/find.ts";
import { poolOf } from "../campaign/pool.ts";
import { teacherScope } from "../match/collect.ts";
import { findMatch, isMatchId } from "../match/find.ts";

type Reading = Pick<Context, "store" | "project" | "signal">;

/** One run on a training example. `passed`: by the judge that decides; null: it has not judged this run. */
export interface CollectedRun {
  readonly record: RunRecord;
  readonly passed: boolean | null;
}

/** The runs that an evaluation, a campaign or a teacher left on training examples. */
export interface CollectedRuns {
  /** Whose runs they are, in our words. */
  readonly of: string;
  readonly primary: string;
  readonly runs: readonly CollectedRun[];
  /** Examples of which no run is recorded: deleted, or never run. */
  readonly notRecorded: number;
}

const HALF = 0.5;

const MatchDataset = z.object({ dataset: OptimizationSetup.shape.dataset });

const passOf = ({ state, pass, value }: Verdict): boolean | null =>
  state !== "scored" ? null : (pass ?? (value === null ? null : value >= HALF));

/** The user's question where a run has no conversation of its own: what was recorded without a trace. */
function withQuestion(record: RunRecord, { inputs, messages }: Example): RunRecord {
  if (record.evidence.conversation.length > 0) return record;
  const text = askedText(inputs) ?? JSON.stringify(inputs);
  const conversation = [...messages, { role: "user" as const, parts: [{ type: "text" as const, text }] }];
  return { ...record, evidence: { ...record.evidence, conversation } };
}

/** A run by its scope, as the ledger has it; null: it is not there. */
function recordedRuns({ store, project }: Reading, scope: string) {
  const ledger = recordedLedger(store.records.ledger, project.id);
  const obtain = createReuse({ ledger, evaluationId: scope });
  return async (example: Example, repeat: number): Promise<RunRecord | null> => {
    const record = await obtain({ example, repeat });
    return typeof record === "string" || isMissing(record.run) ? null : withQuestion(record, example);
  };
}

const trainOf = ({ store, project }: Reading, { name, version }: OptimizationSetup["dataset"]) =>
  readAllExamples(store, project.id, name, version, ["train"]);

async function fromEvaluation(context: Reading, id: string): Promise<CollectedRuns> {
  const evaluation = await findEvaluation(context, id);
  summaryOf(evaluation);
  const { setup } = evaluation;
  if (setup.pair)
    throw invalidInput(`${id} is a judging of pairs and has no runs`, `Export ${setup.pair.candidate}.`);
  const examples = new Map((await trainOf(context, setup.dataset)).map((example) => [example.id, example]));
  const runOf = recordedRuns(context, setup.reuse ?? id);
  const runs: CollectedRun[] = [];
  let notRecorded = 0;
  const take = async ({ exampleId, repeat, verdicts }: ResultRow): Promise<void> => {
    const example = examples.get(exampleId);
    const record = example ? await runOf(example, repeat) : null;
    const verdict = verdicts[setup.primary];
    if (record) runs.push({ record, passed: verdict ? passOf(verdict) : null });
    else notRecorded += 1;
  };
  for await (const row of rowsOf(context, id)) if (row.split === "train") await take(row);
  return { of: `evaluation ${id}`, primary: setup.primary, runs, notRecorded };
}

/** What the deciding judge said, or says by computing, of a recorded run: it is asked nothing. */
async function recordedJudge(context: Reading, setup: OptimizationSetup, jobId: string) {
  const { store, project, signal } = context;
  const primary = setup.judges.find(({ name }) => name === setup.primary);
  if (!primary) throw new Error("the primary judge is among the judges");
  const llmOf = await llmsOf([primary]).catch((error: unknown) => {
    if (error instanceof AppError) return null;
    throw error;
  });
  if (llmOf === null) return async () => null;
  const judging: JudgingTools = {
    ledger: recordedLedger(store.records.ledger, project.id),
    traces: store.traces,
    projectId: project.id,
    jobId,
    seed: setup.seed,
    signal,
    code: { signal, runCommand: () => Promise.reject(new Error("an export runs no program")) },
    llmOf,
    knownItems: knownItemsOf,
  };
  return async (example: Example, record: RunRecord): Promise<boolean | null> => {
    const verdict = await judgeItem(
      primary,
      itemOf(example, record),
      sourcesOf(example),
      judging,
      recordingOfRun(record.run),
    );
    return typeof verdict === "string" ? null : passOf(verdict);
  };
}

interface Recorded {
  readonly scope: string;
  readonly jobId: string;
  readonly repeats: number;
  /** The dataset that was run, where its judges look at another one with the same examples. */
  readonly ranOn: OptimizationSetup["dataset"];
}

async function judgedRuns(
  context: Reading,
  setup: OptimizationSetup,
  { scope, jobId, repeats, ranOn }: Recorded,
): Promise<Pick<CollectedRuns, "primary" | "runs" | "notRecorded">> {
  const examples = await trainOf(context, ranOn);
  const judged = new Map((await trainOf(context, setup.dataset)).map((example) => [example.id, example]));
  const runOf = recordedRuns(context, scope);
  const judge = await recordedJudge(context, setup, jobId);
  const runs: CollectedRun[] = [];
  let notRecorded = 0;
  for (const example of examples) {
    const before = runs.length;
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const record = await runOf(example, repeat);
      if (record) runs.push({ record, passed: await judge(judged.get(example.id) ?? example, record) });
    }
    if (runs.length === before) notRecorded += 1;
  }
  return { primary: setup.primary, runs, notRecorded };
}

async function fromCampaign(context: Reading, id: string, candidate?: number): Promise<CollectedRuns> {
  const optimization = await findOptimization(context, id);
  const { setup, jobId } = optimization;
  const index = candidate ?? summaryOfCampaign(optimization).chosen.index;
  const entry = poolOf(await readEvents(context, id))[index];
  if (!entry)
    throw invalidInput(`Campaign ${id} has no candidate ${index}`, "get_record shows those that it has.");
  const scope = `${id}.${candidateKey({ components: entry.components, code: entry.code })}`;
  const found = await judgedRuns(context, setup, {
    scope,
    jobId,
    repeats: setup.search.repeats,
    ranOn: setup.dataset,
  });
  return { of: `candidate ${index} of ${id}`, ...found };
}

async function fromTeacher(context: Reading, id: string): Promise<CollectedRuns> {
  const match = await findMatch(context, id);
  const [first] = match.students;
  if (!first) throw new Error("a switch has a student");
  const { setup } = await findOptimization(context, first.optimization);
  const { id: projectId } = context.project;
  const job = await context.store.records.jobs.get(projectId, match.jobId);
  const { dataset: ranOn } = MatchDataset.parse(job?.input);
  const scope = teacherScope(id);
  const found = await judgedRuns(context, setup, { scope, jobId: match.jobId, repeats: 1, ranOn });
  return { of: `the teacher of ${id}`, ...found };
}

/**
 * What was collected: the runs of an evaluation, of a campaign's candidate (its choice by default), or of a model switch's
 * teacher, on training examples alone.
 * @throws AppError for ids of nothing, and for what has not ended.
 */
export function collectedRuns(
  context: Reading,
  from: {
    readonly evaluation?: string | undefined;
    readonly optimization?: string | undefined;
    readonly candidate?: number | undefined;
  },
): Promise<CollectedRuns> {
  const { evaluation, optimization, candidate } = from;
  if ((evaluation === undefined) === (optimization === undefined))
    throw invalidInput(
      "One of an evaluation and an optimization is needed",
      "E.g. --evaluation ev-1a2b3c4d.",
    );
  if (evaluation !== undefined) return fromEvaluation(context, evaluation);
  const id = optimization ?? "";
  return isMatchId(id) ? fromTeacher(context, id) : fromCampaign(context, id, candidate);
}
