import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import { resumeJob } from "../jobs/resume.ts";
import type { Answer } from "../model/answer.ts";
import type { Json } from "../model/json.ts";
import type { Task } from "../model/ledger.ts";

/** Legal for every question: the item does not tell. */
export const CANNOT_TELL = "cannot_tell";

export interface GivenAnswer {
  readonly taskId: string;
  readonly code: string;
  readonly label?: string | undefined;
  readonly text?: string | undefined;
  readonly rationale?: string | undefined;
}

const PROBLEMS = {
  unknown_task: "no such task",
  wrong_code: "the code is not the one at the item's end",
  not_open: "answered or withdrawn already",
} as const;

const same = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

/** The answer as it is kept, or what is wrong with it. */
function checked(task: Task, given: GivenAnswer): { answer: Json } | { problem: string } {
  if (task.labels.length === 0) {
    if (given.text === undefined || given.text.trim() === "") return { problem: "this task wants `text`" };
    return { answer: { text: given.text, rationale: given.rationale ?? null } };
  }
  if (given.label === undefined) return { problem: `this task wants \`label\`: ${task.labels.join(", ")}` };
  const labels = [...new Set([...task.labels, CANNOT_TELL])];
  const label = labels.find((known) => same(known, given.label ?? ""));
  if (label === undefined) return { problem: `label is none of ${labels.join(", ")}` };
  return { answer: { label, rationale: given.rationale ?? null } };
}

/** Whether it went on: the answers are kept also where the caller may not start what waited for them. */
async function resumed(context: Context, jobId: string): Promise<boolean> {
  try {
    await resumeJob(context, jobId);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === "refused") return false;
    throw error;
  }
}

/**
 * Records answers one by one: those that fit are kept, the others are named with what is wrong. Jobs that no longer
 * wait for anything go on.
 */
export async function submitAnswers(
  context: Context,
  input: { readonly answers: readonly GivenAnswer[] },
): Promise<Answer> {
  const { ledger } = context.store.records;
  const projectId = context.project.id;
  const problems: Json[] = [];
  const sound: { taskId: string; code: string; answer: Json; by: string }[] = [];
  for (const given of input.answers) {
    const task = await ledger.getTask(projectId, given.taskId);
    const result = task ? checked(task, given) : { problem: PROBLEMS.unknown_task };
    if ("problem" in result) problems.push([given.taskId, result.problem]);
    else sound.push({ taskId: given.taskId, code: given.code, answer: result.answer, by: "coding_agent" });
  }
  const { outcomes, waitingJobs } = await ledger.answerTasks(projectId, sound);
  for (const [i, outcome] of outcomes.entries())
    if (outcome !== "accepted") problems.push([sound[i]?.taskId ?? "", PROBLEMS[outcome]]);
  const goesOn: string[] = [];
  const refused: string[] = [];
  for (const jobId of waitingJobs) ((await resumed(context, jobId)) ? goesOn : refused).push(jobId);
  const { total } = await ledger.listTasks({ projectId, state: "open", limit: 1 });
  return {
    data: {
      accepted: outcomes.filter((outcome) => outcome === "accepted").length,
      ...(problems.length > 0 ? { problems: { columns: ["taskId", "problem"], rows: problems } } : {}),
      open: total,
      ...(goesOn.length > 0 ? { goesOn } : {}),
      ...(refused.length > 0
        ? { waitsForOperator: refused, why: "these start programs, which do not run through this server" }
        : {}),
    },
    next: [
      ...(total > 0 ? [{ tool: "get_tasks", arguments: {}, why: "more questions wait" }] : []),
      ...goesOn.slice(0, 1).map((jobId) => ({
        tool: "get_job",
        arguments: { jobId, waitSeconds: 20 },
        why: "it goes on with these answers",
      })),
    ],
  };
}
