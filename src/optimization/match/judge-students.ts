import type { Context } from "../../context.ts";
import { pairsOf, scoreRows, signOf } from "../../evaluation/arms.ts";
import { compareEvaluations } from "../../evaluation/compare.ts";
import type { ResolvedJudge } from "../../model/judge.ts";
import type { MatchArm, MatchResult, StudentResult } from "../../model/match.ts";
import type { ProposalBody } from "../../model/proposal.ts";
import { type NonInferiorityFinding, nonInferiorities } from "../../statistics/non-inferiority.ts";
import { isSelfJudged, whyNotVerified } from "../campaign/caveats.ts";
import { summaryOf } from "../campaign/find.ts";
import { makeProposal } from "../campaign/make-proposal.ts";
import { describeArm } from "./arms.ts";
import type { MatchJobInput } from "./job-input.ts";
import type { Looked, LookedStudent } from "./run-look.ts";
import { studentSentence } from "./sentence.ts";

type Judging = Pick<Context, "store" | "project">;

const ALPHA = 0.05;

export interface StudentsLook {
  readonly students: readonly LookedStudent[];
  /** Null: there is no sealed example. */
  readonly looked: Looked | null;
  readonly short: string;
}

interface NewProposal {
  readonly id: string;
  readonly optimizationId: string;
  readonly body: ProposalBody;
}

function primaryOf(students: readonly LookedStudent[]): ResolvedJudge {
  const setup = students[0]?.optimization.setup;
  const primary = setup?.judges.find(({ name }) => name === setup.primary);
  if (!primary) throw new Error("the primary judge is among the judges");
  return primary;
}

/** The table's rows and each student's finding against the teacher. */
async function findingsOf(context: Judging, { margin, teacher }: MatchJobInput, look: StudentsLook) {
  const { students, looked } = look;
  if (looked === null) return { arms: [], findings: students.map(() => null) };
  const primary = primaryOf(students);
  const reference = await describeArm(context, `teacher ${teacher.name}`, looked.teacher);
  const arms: MatchArm[] = [reference.row];
  const rows = [];
  for (const [i, { name, chosen }] of students.entries()) {
    const pair = looked.students[i];
    if (!pair) throw new Error("every student was looked at");
    const before = await describeArm(context, `${name} before`, pair.before);
    const after = chosen.index === 0 ? before : await describeArm(context, `${name} after`, pair.after);
    arms.push(before.row, ...(after === before ? [] : [after.row]));
    const of = (arm: typeof before) => arm.arm.byJudge.get(primary.name) ?? new Map();
    rows.push(scoreRows(pairsOf(of(reference), of(after)), signOf(primary)));
  }
  const findings = nonInferiorities(rows, {
    seed: looked.teacher.setup.seed,
    alpha: ALPHA,
    margin,
    correction: { kind: "looks", look: looked.count },
    bounds: primary.bounded ? [0, 1] : null,
  });
  return { arms, findings };
}

function resultOf(
  { teacher, margin }: MatchJobInput,
  student: LookedStudent,
  finding: NonInferiorityFinding | null,
  proposal: string | null,
): StudentResult {
  const { name, optimization, chosen } = student;
  const why = whyNotVerified(optimization.setup, summaryOf(optimization));
  const facts = { student: name, teacher: teacher.name, margin, whyNotVerified: why, finding };
  return {
    student: name,
    optimization: optimization.id,
    candidate: chosen.index,
    verdict: finding === null || why !== null ? "not_verified" : finding.verdict,
    sentence: studentSentence({ ...facts, primary: optimization.setup.primary, changed: chosen.index > 0 }),
    difference: finding?.difference ?? null,
    interval: finding?.interval ?? null,
    adjustedP: finding?.adjustedP ?? null,
    proposal,
  };
}

/** The student's new prompts with the evidence for them: before and after, and beside the teacher. */
async function proposalOf(
  context: Judging,
  input: MatchJobInput,
  student: LookedStudent,
  { sentence }: StudentResult,
  { looked, students }: StudentsLook,
): Promise<ProposalBody> {
  const { name, optimization, events, seed, chosen } = student;
  const pair = looked?.students[students.indexOf(student)];
  const compared =
    looked && pair
      ? {
          comparison: await compareEvaluations(context, pair.before, pair.after, {
            look: looked.count,
            alpha: ALPHA / students.length,
            selfJudged: isSelfJudged(optimization.setup),
          }),
          count: looked.count,
          likeSearch: looked.likeSearch,
        }
      : null;
  const body = makeProposal({ optimization, events, seed, candidate: chosen, compared, patch: null });
  const { primary, alongside } = optimization.setup;
  return {
    ...body,
    match: { id: input.matchId, student: name, teacher: input.teacher.name },
    sentence: `${sentence} Before and after: ${body.sentence}`,
    limits: [
      ...body.limits,
      ...(alongside === undefined
        ? []
        : [
            `train and validation scores are the mean of ${primary} and ${alongside}; the holdout's are of ${primary}`,
          ]),
    ],
  };
}

function limitsOf({ teacher, students }: MatchJobInput, look: StudentsLook): string[] {
  const setup = look.students[0]?.optimization.setup;
  const comparer = setup?.judges.find(({ params }) => params["expectation"] === "teacher");
  return [
    "what is shown holds for examples like these; no model is said to equal another",
    ...(teacher.source.kind === "recorded"
      ? ["the teacher was not run again: its recorded answers agree with themselves"]
      : [`the teacher ran again for the look: its own row says how far it agrees with its first answers`]),
    ...(students.length > 1 && look.looked
      ? [`verdicts are corrected over ${students.length} students (Holm)`]
      : []),
    ...(comparer?.kind === "assistant" && setup?.proposer === "assistant"
      ? [`${comparer.name} was judged by the client that wrote the prompts`]
      : []),
    ...(look.looked === null
      ? ["there is no holdout: nothing independent can say whether a student matches"]
      : []),
    "sealing prevents selection on the holdout; it is not secrecy from a shell",
  ];
}

/** What a look came to for each student, and a proposal for each whose prompts were changed. */
export async function judgeStudents(
  context: Judging,
  input: MatchJobInput,
  look: StudentsLook,
): Promise<{ readonly result: MatchResult; readonly proposals: readonly NewProposal[] }> {
  const { students, looked, short } = look;
  const { arms, findings } = await findingsOf(context, input, look);
  const results = students.map((student, i) =>
    resultOf(input, student, findings[i] ?? null, student.chosen.index === 0 ? null : `pr-${short}-${i + 1}`),
  );
  const proposals: NewProposal[] = [];
  for (const [i, student] of students.entries()) {
    const result = results[i];
    if (!result?.proposal) continue;
    const body = await proposalOf(context, input, student, result, look);
    proposals.push({ id: result.proposal, optimizationId: student.optimization.id, body });
  }
  return {
    result: { students: results, arms, look: looked?.count ?? null, limits: limitsOf(input, look) },
    proposals,
  };
}
