import { readAllExamples } from "../../datasets/merge.ts";
import { AppError, invalidInput } from "../../errors.ts";
import { findEvaluation } from "../../evaluation/find.ts";
import type { EvaluationJobInput } from "../../evaluation/job-input.ts";
import { type Played, playEvaluation } from "../../evaluation/run-evaluation.ts";
import { type JobRunner, type JobTools, Parked } from "../../jobs/runner.ts";
import { createLedger } from "../../ledger/ledger.ts";
import { overBudget } from "../../ledger/used-up.ts";
import type { Evaluation } from "../../model/evaluation.ts";
import { Split } from "../../model/example.ts";
import type { Job } from "../../model/job.ts";
import type { Optimization } from "../../model/optimization.ts";
import type { StoredEntry, StoredEvent } from "../campaign/events.ts";
import { findOptimization, readEvents, summaryOf } from "../campaign/find.ts";
import { checkJudges } from "../campaign/frozen.ts";
import { holdoutEvaluation } from "../campaign/holdout-evaluation.ts";
import type { OptimizationJobInput } from "../campaign/job-input.ts";
import { likeSearchWords } from "../campaign/like-search.ts";
import { poolOf } from "../campaign/pool.ts";
import { findMatch, keepMatch } from "./find.ts";
import { MatchJobInput, MatchLookInput } from "./job-input.ts";
import { judgeStudents } from "./judge-students.ts";

/** A student as its campaign left it. */
export interface LookedStudent {
  readonly name: string;
  /** As it was planned. */
  readonly campaign: OptimizationJobInput;
  readonly optimization: Optimization;
  readonly events: readonly StoredEvent[];
  readonly seed: StoredEntry;
  /** The seed itself where nothing better was found. */
  readonly chosen: StoredEntry;
}

/** What was looked at: the teacher, and of each student the evaluation before and after; both one where nothing changed. */
export interface Looked {
  readonly teacher: Evaluation;
  readonly students: readonly { readonly before: Evaluation; readonly after: Evaluation }[];
  readonly count: number;
  readonly likeSearch: string | null;
}

const contextOf = ({ projectId }: Job, { store }: JobTools) => ({
  store,
  project: { id: projectId, slug: projectId },
});

async function studentsOf(job: Job, tools: JobTools, input: MatchJobInput): Promise<LookedStudent[]> {
  const context = contextOf(job, tools);
  return Promise.all(
    input.students.map(async ({ name, campaign }) => {
      const optimization = await findOptimization(context, campaign.optimizationId);
      const events = await readEvents(context, optimization.id);
      const pool = poolOf(events);
      const [seed, chosen] = [pool[0], pool[summaryOf(optimization).chosen.index]];
      if (!seed || !chosen) throw new AppError("conflict", `Campaign ${optimization.id} has no candidates`);
      return { name, campaign, optimization, events, seed, chosen };
    }),
  );
}

interface PlannedArms {
  readonly teacher: EvaluationJobInput;
  readonly students: readonly {
    readonly before: EvaluationJobInput;
    readonly after: EvaluationJobInput | null;
  }[];
}

/** The evaluations of a look, by ids that stay the same when it goes on. */
function armsOf(
  { short }: MatchLookInput,
  { matchId, repository, teacher }: MatchJobInput,
  students: readonly LookedStudent[],
): PlannedArms {
  const [first] = students;
  if (!first) throw new Error("a switch has a student");
  const armOf = (student: LookedStudent, i: number, entry: StoredEntry, when: string): EvaluationJobInput => {
    const { setup } = student.optimization;
    return holdoutEvaluation(setup, {
      evaluationId: `ev-${short}-${i + 1}-${when}`,
      note: `${matchId}, student ${i + 1} ${when}: the look`,
      repository,
      target: setup.target,
      source: { kind: "file", ...student.campaign.source },
      prompts: entry.components,
    });
  };
  return {
    teacher: holdoutEvaluation(first.optimization.setup, {
      evaluationId: `ev-${short}-teacher`,
      note: `${matchId}, the teacher: the look`,
      repository,
      target: teacher.target,
      source: teacher.source,
      prompts: {},
    }),
    students: students.map((student, i) => ({
      before: armOf(student, i, student.seed, "before"),
      after: student.chosen.index === 0 ? null : armOf(student, i, student.chosen, "after"),
    })),
  };
}

/** Plays all arms, so that an assistant that judges gets them in one blinded batch. */
async function look(
  job: Job,
  tools: JobTools,
  input: MatchLookInput,
  arms: PlannedArms,
): Promise<Looked | Parked> {
  const holder = { projectId: job.projectId, jobId: job.id, epoch: job.epoch };
  const ledger = createLedger({ store: tools.store.records.ledger, holder, signal: tools.signal });
  const all = [
    arms.teacher,
    ...arms.students.flatMap(({ before, after }) => (after ? [before, after] : [before])),
  ];
  const played: Played[] = [];
  for (const arm of all) played.push(await playEvaluation(arm, { job, tools, holder, ledger }));
  const sum = (of: (one: Played) => number) => played.reduce((total, one) => total + of(one), 0);
  if (sum((one) => one.overBudget) > 0)
    throw overBudget(
      sum((one) => one.overBudget),
      sum((one) => one.rows),
      ledger.counts,
    );
  if (sum((one) => one.pending) > 0)
    return new Parked({ match: input.matchId, waitsFor: "verdicts of all arms" });
  for (const one of played) await one.conclude();
  const { name, version } = arms.teacher.setup.dataset;
  const examples = await readAllExamples(tools.store, job.projectId, name, version, Split.options);
  const { optimizations } = tools.store.records;
  const count = await optimizations.noteLook(
    job.projectId,
    input.matchId,
    examples.flatMap(({ id, split }) => (split === "holdout" ? [id] : [])),
  );
  const find = (arm: EvaluationJobInput) => findEvaluation(contextOf(job, tools), arm.evaluationId);
  return {
    teacher: await find(arms.teacher),
    students: await Promise.all(
      arms.students.map(async ({ before, after }) => {
        const found = await find(before);
        return { before: found, after: after ? await find(after) : found };
      }),
    ),
    count,
    likeSearch: await likeSearchWords(examples),
  };
}

/**
 * A job of kind `match_look`: the teacher and each student, before and after, on the sealed examples. One look, whatever the
 * number of students: their non-inferiority is corrected over students (Holm) at the level of this look.
 * @throws AppError `conflict` when the judges are no longer what they were in the searches.
 */
export const runMatchLookJob: JobRunner = async (job, tools) => {
  const parsed = MatchLookInput.safeParse(job.input);
  if (!parsed.success)
    throw invalidInput("The look's setup is not one of this version", "Finish the switch again.");
  const started = await tools.store.records.jobs.get(job.projectId, parsed.data.matchJobId);
  const input = MatchJobInput.parse(started?.input);
  const context = contextOf(job, tools);
  const students = await studentsOf(job, tools, input);
  const isSealed = (students[0]?.optimization.setup.examples.holdout ?? 0) > 0;
  if (isSealed)
    for (const { campaign, optimization } of students)
      await checkJudges(campaign, summaryOf(optimization).frozen);
  const looked = isSealed ? await look(job, tools, parsed.data, armsOf(parsed.data, input, students)) : null;
  if (looked instanceof Parked) return looked;
  const { result, proposals } = await judgeStudents(context, input, {
    students,
    looked,
    short: parsed.data.short,
  });
  const { optimizations } = tools.store.records;
  for (const { id, optimizationId, body } of proposals)
    await optimizations.createProposal({ id, projectId: job.projectId, optimizationId, body });
  const { result: _, ...record } = await findMatch(context, input.matchId);
  await keepMatch(context, record, result);
  return {
    match: input.matchId,
    look: result.look,
    students: result.students.map(({ student, verdict, sentence, proposal }) => ({
      student,
      verdict,
      sentence,
      proposal,
    })),
  };
};
