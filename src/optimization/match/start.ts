import type { Context } from "../../context.ts";
import { AppError, invalidInput } from "../../errors.ts";
import { jobAnswer } from "../../jobs/answer.ts";
import { createJob } from "../../jobs/create.ts";
import { resumeJob } from "../../jobs/resume.ts";
import type { Answer } from "../../model/answer.ts";
import type { Json } from "../../model/json.ts";
import type { Budget } from "../../model/ledger.ts";
import { campaignCosts } from "../campaign/costs.ts";
import { casesOf, floorOf } from "../campaign/preflight.ts";
import { keepMatch } from "./find.ts";
import { MatchJobInput } from "./job-input.ts";
import { type PlanMatch, planMatch } from "./plan.ts";

export interface StartMatch extends Omit<PlanMatch, "margin"> {
  /** In units of the primary judge's score; to be stated. */
  readonly margin?: number | undefined;
  readonly budget?: Budget | undefined;
  readonly dryRun: boolean;
  readonly idempotencyKey?: string | undefined;
}

const PATIENCE_S = 15;

interface Cases {
  /** Calls: what is recorded costs none. */
  readonly teacher: number;
  readonly student: number;
  readonly look: number;
  readonly callsOfCase: number;
}

/** What a switch takes at least, in cases; the floor of a campaign holds its two arms of the look. */
function leastCases({ students, teacher, splits }: MatchJobInput): Cases {
  const [first] = students;
  if (!first) throw new Error("a switch has a student");
  const { setup } = first.campaign;
  const { train, validation, holdout } = setup.examples;
  const { final } = casesOf(setup);
  const runs = teacher.source.kind === "recorded" ? 0 : 1;
  return {
    teacher: runs * (train + validation + (splits.includes("holdout") ? holdout : 0)),
    student: floorOf(setup) - final,
    look: students.length * final + holdout,
    callsOfCase: campaignCosts(setup).callsOfCase,
  };
}

/** @throws AppError `refused` when the budget cannot hold the teacher, a campaign for each student, and the look. */
function checkFloor(input: MatchJobInput, budget: Budget | undefined): void {
  if (budget?.calls === undefined) return;
  const { teacher, student, look, callsOfCase } = leastCases(input);
  const least = teacher + (student * input.students.length + look) * callsOfCase;
  if (budget.calls >= least) return;
  throw new AppError("refused", `${budget.calls} calls are too few: this switch takes at least ${least}`, {
    hint: `${teacher} runs of the teacher, ${student} cases a student, ${look} cases for the look at the holdout; a case is ${callsOfCase} calls. Raise maxCalls, or name fewer students or examples.`,
  });
}

/** What a switch would take, without running anything. */
export function preflightMatch(input: MatchJobInput): Answer {
  const { dataset, teacher, students, equivalence, margin } = input;
  const { teacher: runs, student, look, callsOfCase } = leastCases(input);
  const setup = students[0]?.campaign.setup;
  return {
    data: {
      dryRun: true,
      dataset: `${dataset.name}@${dataset.version}`,
      examples: setup?.examples ?? null,
      margin,
      primary: setup?.primary ?? null,
      comparesWithTeacher: equivalence,
      cases: {
        columns: ["part", "cases"],
        rows: [
          ["runs of the teacher", runs],
          ["each student, at least", student],
          ["the one look at the holdout: the teacher, each student before and after", look],
        ],
      },
      callsOfCase,
      says: "The students' campaigns come one after the other and share the budget equally.",
    },
    untrusted: { teacher: teacher.name, students: students.map(({ name }) => name) },
  };
}

/** @throws AppError `invalid_input` where no margin is stated. */
export function withMargin(input: StartMatch): StartMatch & Pick<PlanMatch, "margin"> {
  const { margin } = input;
  if (margin !== undefined) return { ...input, margin };
  throw invalidInput(
    "A model switch needs a margin",
    "Which loss against the teacher would not matter, in units of the primary judge's score? E.g. margin 0.05.",
  );
}

/** Creates the job of a switch, without starting it. */
export async function createMatch(
  context: Pick<Context, "store" | "project" | "now" | "allowCommands">,
  input: StartMatch & Pick<PlanMatch, "margin">,
) {
  const plan = await planMatch(context, input);
  checkFloor(plan, input.budget);
  const job = await createJob(context, { kind: "match", input: plan, unit: "cases" }, input);
  const { matchId, dataset, teacher, students, equivalence, margin } = MatchJobInput.parse(job.input);
  const setup = students[0]?.campaign.setup;
  const record = {
    id: matchId,
    jobId: job.id,
    dataset: `${dataset.name}@${dataset.version}`,
    teacher: teacher.name,
    students: students.map(({ name, campaign }) => ({
      student: name,
      optimization: campaign.optimizationId,
    })),
    judges: setup?.judges.map(({ name }) => name) ?? [],
    primary: setup?.primary ?? "",
    equivalence,
    margin,
  };
  // Repeated with its key, it may have come to something already.
  if (!(await context.store.records.versions.get(context.project.id, "match", matchId)))
    await keepMatch(context, record, null);
  return { job, record };
}

/** start_optimization with a teacher and students: a job that outlives this process. */
export async function startMatch(context: Context, input: StartMatch): Promise<Answer> {
  const stated = withMargin(input);
  if (input.dryRun) return preflightMatch(await planMatch(context, stated));
  const { job, record } = await createMatch(context, stated);
  if (job.state === "queued" || job.state === "interrupted") await resumeJob(context, job.id);
  const answer = await jobAnswer(context, job.id, PATIENCE_S);
  return {
    ...answer,
    data: {
      match: record.id,
      students: {
        columns: ["student", "optimization"],
        rows: record.students.map(({ student, optimization }): Json[] => [student, optimization]),
      },
      ...answer.data,
    },
  };
}
