import type { Context } from "../context.ts";
import type { Answer } from "../model/answer.ts";
import type { Json } from "../model/json.ts";
import type { Task, TaskKind } from "../model/ledger.ts";
import { sizeOf } from "../reading/budget.ts";
import { mixed, spread } from "./mix.ts";

/** Characters that one batch may have, rubrics included: what every host shows whole. */
const BATCH_CHARS = 7_600;
const MOST = 40;

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

/**
 * Open questions, as many as one answer may hold. Rubrics and labels are ours or of the judge's author; items come
 * from traces and datasets and are untrusted.
 */
export async function readTasks(context: Context, query: TaskQuery): Promise<Answer> {
  const { items, total } = await context.store.records.ledger.listTasks({
    projectId: context.project.id,
    jobId: query.jobId,
    kind: query.kind,
    state: "open",
    limit: MOST,
  });
  const batch = batchOf(mixed(items), BATCH_CHARS);
  const shown = batch.tasks.length;
  if (shown === 0) return { data: { open: 0, hint: "Nothing waits for an answer." } };
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
