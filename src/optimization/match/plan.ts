import { randomUUID } from "node:crypto";
import { hashOf } from "../../canonical.ts";
import { findDataset } from "../../datasets/find.ts";
import { invalidInput } from "../../errors.ts";
import { NOTHING_RUNS } from "../../evaluation/plan.ts";
import { type JudgeRef, judgesFor } from "../../judges/judges-for.ts";
import { judgeSurroundings } from "../../judges/save.ts";
import { workingFolder } from "../../project.ts";
import { findRepository, type Repository } from "../../targets/repository.ts";
import { type Planning, type PlanOptimization, planOptimization, planTarget } from "../campaign/plan.ts";
import { type MatchJobInput, TEACHER } from "./job-input.ts";

export interface PlanMatch extends Omit<PlanOptimization, "target" | "judges" | "alongside"> {
  readonly judges: readonly string[];
  /** A target file, or `recorded`: what the examples' agent answered before. */
  readonly teacher: string;
  /** Target files. */
  readonly students: readonly string[];
  readonly margin: number;
}

const EQUIVALENCE = {
  name: "equivalence",
  builtin: "equivalence",
  params: { expectation: TEACHER },
  whenExpected: TEACHER,
} as const;

/** The judges with one that compares with the teacher: the user's own where one names that expectation. */
async function matchJudges(context: Planning, input: PlanMatch, repository: Repository) {
  const surroundings = await judgeSurroundings(repository.root);
  const { versions } = context.store.records;
  const judges = await judgesFor(versions, context.project.id, input.judges, surroundings);
  const own = judges.find(({ params }) => params["expectation"] === TEACHER);
  if (own) return { refs: input.judges, equivalence: own.name };
  const refs: readonly JudgeRef[] = [
    ...input.judges.map((name) => (name === EQUIVALENCE.name ? EQUIVALENCE : name)),
    ...(input.judges.includes(EQUIVALENCE.name) ? [] : [EQUIVALENCE]),
  ];
  return { refs, equivalence: EQUIVALENCE.name };
}

async function teacherOf(context: Planning, input: PlanMatch, repository: Repository) {
  const { teacher, allowRealSideEffects } = input;
  if (teacher === "recorded") {
    const match = { by: "origin" } as const;
    return {
      name: teacher,
      source: { kind: "recorded", match } as const,
      target: { kind: "recorded", name: teacher, ...NOTHING_RUNS, configHash: hashOf(match) } as const,
    };
  }
  const { path, target } = await planTarget(context, { target: teacher, allowRealSideEffects }, repository);
  const { allowCommands } = context;
  const source = { kind: "file", path, gitRef: null, allowRealSideEffects, allowCommands } as const;
  return { name: path, source, target };
}

function checkStudents({ students, teacher, code }: PlanMatch): void {
  if (code)
    throw invalidInput("code is not for a model switch", "Students' prompts are changed; leave code out.");
  if (students.length === 0)
    throw invalidInput("A teacher needs students", "Name their target files in students.");
  const twice = students.find((name, i) => students.indexOf(name) !== i || name === teacher);
  if (twice !== undefined)
    throw invalidInput(`${twice.slice(0, 200)} is named twice`, "Name the teacher and each student once.");
}

/**
 * Everything that a model switch needs, resolved and pinned before anything is spent: one campaign a student.
 * @throws AppError that says what is wrong with the dataset, a target, the texts or the judges.
 */
export async function planMatch(context: Planning, input: PlanMatch): Promise<MatchJobInput> {
  checkStudents(input);
  const repository = await findRepository(workingFolder());
  const dataset = await findDataset(context, input.dataset);
  const { refs, equivalence } = await matchJudges(context, input, repository);
  const primary = input.primary ?? input.judges[0];
  const teacher = await teacherOf(context, input, repository);
  const matchId = `ma-${randomUUID().slice(0, 8)}`;
  const students = [];
  for (const target of input.students) {
    const campaign = await planOptimization(
      context,
      {
        ...input,
        target,
        judges: refs,
        primary,
        alongside: primary === equivalence ? undefined : equivalence,
        note: `${matchId}: ${target} is to answer as ${teacher.name} does${input.note ? `. ${input.note}` : ""}`,
      },
      true,
    );
    students.push({ name: campaign.source.path, campaign });
  }
  return {
    matchId,
    repository: repository.root,
    dataset: { name: dataset.name, version: dataset.version, hash: dataset.hash },
    splits: dataset.retiredUs === null ? ["train", "validation", "holdout"] : ["train", "validation"],
    teacher,
    equivalence,
    margin: input.margin,
    students,
  };
}
