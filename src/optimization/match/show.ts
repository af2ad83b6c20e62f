import type { Context } from "../../context.ts";
import { rounded } from "../../evaluation/words.ts";
import type { Answer, NextCall } from "../../model/answer.ts";
import type { Json } from "../../model/json.ts";
import type { ArmNumber, MatchArm, MatchRecord, MatchResult } from "../../model/match.ts";
import { OptimizationSummary } from "../../model/optimization-summary.ts";
import { findMatch } from "./find.ts";

const withInterval = ({ mean, low, high }: ArmNumber): string =>
  mean === null
    ? ""
    : low === null || high === null
      ? `${rounded(mean)}`
      : `${rounded(mean)} [${rounded(low)}, ${rounded(high)}]`;

/** Dollars of a call are small: three digits that count, not three decimals. */
const dollars = ({ mean, low, high }: ArmNumber): string => {
  const digits = (value: number) => `${Number(value.toPrecision(3))}`;
  if (mean === null) return "unknown";
  return low === null || high === null ? digits(mean) : `${digits(mean)} [${digits(low)}, ${digits(high)}]`;
};

const seconds = ({ mean, low, high }: ArmNumber): string => {
  const of = (value: number | null) => (value === null ? null : value / 1_000);
  return withInterval({ mean: of(mean), low: of(low), high: of(high) });
};

const armRow = (judges: readonly string[], arm: MatchArm): Json[] => [
  arm.arm,
  arm.n,
  ...judges.map((name) => (arm.judges[name] ? withInterval(arm.judges[name]) : "")),
  dollars(arm.costUsd),
  seconds(arm.durationMs),
  arm.evaluation,
];

/** A prompt alias named after a student: `targets/Small_model.yaml` is `small_model`. */
export const aliasOf = (student: string): string =>
  (student.split("/").at(-1) ?? student)
    .replace(/\.[^.]*$/, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 60) || "student";

const nextOf = ({ students }: MatchResult): NextCall[] =>
  students
    .flatMap(({ student, proposal }) =>
      proposal === null
        ? []
        : [
            {
              tool: "apply_proposal",
              arguments: { proposal, alias: aliasOf(student), dryRun: true },
              why: "the student's prompts, under an alias of its own",
            },
          ],
    )
    .slice(0, 3);

/** What a switch came to: verdicts first, then the table. File names are the user's words. */
export function matchAnswer({ result, ...match }: MatchRecord & { readonly result: MatchResult }): Answer {
  const { id, margin, primary, judges, equivalence } = match;
  return {
    data: {
      match: id,
      margin,
      primary,
      comparesWithTeacher: equivalence,
      look: result.look,
      limits: result.limits,
    },
    untrusted: {
      students: {
        columns: ["student", "verdict", "sentence", "candidate", "proposal", "optimization"],
        rows: result.students.map((one): Json[] => [
          one.student,
          one.verdict,
          one.sentence,
          one.candidate,
          one.proposal,
          one.optimization,
        ]),
      },
      ...(result.arms.length === 0
        ? {}
        : {
            table: {
              columns: ["arm", "n", ...judges, "US dollars a run", "seconds a run", "evaluation"],
              rows: result.arms.map((arm) => armRow(judges, arm)),
            },
          }),
    },
    next: nextOf(result),
  };
}

/** get_record of an optimization whose id is a switch's. */
export async function showMatch(
  context: Pick<Context, "store" | "project">,
  { id }: { readonly id: string },
): Promise<Answer> {
  const { result, ...match } = await findMatch(context, id);
  if (result) return matchAnswer({ ...match, result });
  const { optimizations, jobs } = context.store.records;
  const job = await jobs.get(context.project.id, match.jobId);
  const rows = await Promise.all(
    match.students.map(async ({ student, optimization }): Promise<Json[]> => {
      const found = await optimizations.get(context.project.id, optimization);
      const summary = OptimizationSummary.safeParse(found?.summary).data;
      const state = found?.endedUs ? "ended" : found ? "open" : "waits for the teacher's answers";
      return [
        student,
        optimization,
        state,
        rounded(summary?.seed ?? null),
        rounded(summary?.chosen.score ?? null),
      ];
    }),
  );
  const { jobId, margin, primary, dataset, equivalence } = match;
  return {
    data: {
      match: id,
      jobId,
      state: job?.state ?? "gone",
      dataset,
      margin,
      primary,
      comparesWithTeacher: equivalence,
    },
    untrusted: {
      teacher: match.teacher,
      students: { columns: ["student", "optimization", "state", "validation before", "after"], rows },
    },
    next: [
      {
        tool: "finish_optimization",
        arguments: { optimization: id },
        why: "ends the searches, and looks at the holdout once",
      },
    ],
  };
}
