import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "../context.ts";
import { isUnderWay, nextCalls } from "../jobs/next-calls.ts";
import type { Answer } from "../model/answer.ts";
import type { Json } from "../model/json.ts";
import type { Task, TaskKind } from "../model/ledger.ts";
import { sizeOf } from "../reading/budget.ts";
import { mixed, spread } from "./mix.ts";

/** Characters that one batch may have, rubrics included: what every host shows whole. */
const BATCH_CHARS = 7_600;
const MOST = 40;
/** How long the next questions of a job at work are waited for. */
const PATIENCE_MS = 10_000;
const POLL_MS = 100;
const NEWEST_JOBS = 20;

interface Batch {
  readonly tasks: readonly Task[];
  readonly rubrics: ReadonlyMap<string, string>;
}

/** As many tasks as fit; always at least one. Rubrics are told once, by a short name. */
function batchOf(tasks: readonly Task[], room: number): Batch {
  const rubrics = new Map<string, string>();
  const taken: Task[] = [];
  let chars = 0;
  for (const task of tasks) {
    const rubricChars = rubrics.has(task.rubric) ? 0 : sizeOf(task.rubric) + 8;
    const size = sizeOf(taskRow(task, "r0")) + rubricChars + 1;
    if (taken.length > 0 && chars + size > room) break;
    chars += size;
    if (!rubrics.has(task.rubric)) rubrics.set(task.rubric, `r${rubrics.size + 1}`);
    taken.push(task);
  }
  return { tasks: spread(taken), rubrics };
}

/** The code stands at the very end of the item: who did not get to it cannot answer. */
const taskRow = (task: Task, rubric: string): Json[] => [
  task.id,
  rubric,
  `${task.item}\n\n[end of item; code ${task.code}]`,
];

export interface TaskQuery {
  readonly jobId?: string | undefined;
  readonly kind?: TaskKind | undefined;
}

/** Of one job that is under way the next questions are waited for: a campaign's next order takes a moment to be made. */
async function openTasks(context: Context, query: TaskQuery) {
  const { ledger, jobs } = context.store.records;
  const projectId = context.project.id;
  const { jobId, kind } = query;
  const read = () => ledger.listTasks({ projectId, jobId, kind, state: "open", limit: MOST });
  const until = Date.now() + PATIENCE_MS;
  let list = await read();
  while (jobId !== undefined && list.total === 0 && Date.now() < until && !context.signal.aborted) {
    const job = await jobs.get(projectId, jobId);
    if (!job || !isUnderWay(job)) return read();
    await sleep(POLL_MS);
    list = await read();
  }
  return list;
}

/** Why nothing is open, and what to do instead: an empty list is not the end of a job that is still at work. */
async function nothingOpen(context: Context, { jobId }: TaskQuery): Promise<Answer> {
  const { jobs } = context.store.records;
  const projectId = context.project.id;
  const known = jobId === undefined ? undefined : await jobs.get(projectId, jobId);
  const newest = jobId === undefined ? await jobs.list(projectId, NEWEST_JOBS) : [];
  const job = known ?? newest.find(isUnderWay);
  if (!job) return { data: { open: 0, hint: "Nothing waits for an answer." } };
  const hint = isUnderWay(job)
    ? "Nothing waits for an answer yet: a job is at work and may ask."
    : `Nothing waits for an answer: the job is ${job.state}.`;
  return { data: { open: 0, hint }, next: nextCalls(job).filter(({ tool }) => tool !== "get_tasks") };
}

/**
 * Open questions, as many as one answer may hold. Rubrics and labels are ours or of the judge's author; items come
 * from traces and datasets and are untrusted.
 */
export async function readTasks(context: Context, query: TaskQuery): Promise<Answer> {
  const { items, total } = await openTasks(context, query);
  const batch = batchOf(mixed(items), BATCH_CHARS);
  const shown = batch.tasks.length;
  if (shown === 0) return nothingOpen(context, query);
  const labels = new Map(batch.tasks.map((task) => [batch.rubrics.get(task.rubric) ?? "", task.labels]));
  return {
    data: {
      open: total,
      answerWith: batch.tasks.every(({ labels }) => labels.length === 0)
        ? "submit_answers: taskId, the code at the item's end, text"
        : "submit_answers: taskId, the code at the item's end, label (text where there are none), one or two sentences of rationale",
      ...(batch.tasks.some(({ kind }) => kind === "candidate")
        ? {
            orTry: "try_candidate with the optimization: it answers its order and says what the gate decided",
          }
        : {}),
      rubrics: Object.fromEntries([...batch.rubrics].map(([text, name]) => [name, text])),
      labels: Object.fromEntries([...labels].map(([name, list]) => [name, [...list]])),
    },
    untrusted: {
      tasks: {
        columns: ["taskId", "rubric", "item"],
        rows: batch.tasks.map((task) => taskRow(task, batch.rubrics.get(task.rubric) ?? "")),
      },
    },
    ...(total > shown
      ? {
          omitted: [
            { kind: "open tasks", count: total - shown, how: "get_tasks again after answering these" },
          ],
        }
      : {}),
  };
}
