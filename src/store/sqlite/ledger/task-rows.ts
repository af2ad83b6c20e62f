import type { Database } from "better-sqlite3";
import { z } from "zod";
import { type Task, TaskKind, TaskState } from "../../../model/ledger.ts";

const Row = z.object({
  seq: z.number(),
  id: z.string(),
  projectId: z.string(),
  jobId: z.string(),
  callKey: z.string().nullable(),
  kind: TaskKind,
  rubric: z.string(),
  item: z.string(),
  labels: z.string(),
  code: z.string(),
  isCheck: z.number(),
  known: z.string().nullable(),
  repeats: z.string().nullable(),
  state: TaskState,
  answer: z.string(),
  answeredBy: z.string().nullable(),
  createdUs: z.number(),
  answeredUs: z.number().nullable(),
});

const SELECT = `SELECT t.seq, t.id, project.id AS projectId, t.job AS jobId, t.call_key AS callKey, t.kind, t.rubric,
  t.item, t.labels, t.code, t.is_check AS isCheck, t.known, t.repeats, t.state, t.answer,
  t.answered_by AS answeredBy, t.created_us AS createdUs, t.answered_us AS answeredUs
  FROM task t JOIN project ON project.key = t.project`;

function toTask({ seq: _, isCheck, known, repeats, labels, answer, ...rest }: z.infer<typeof Row>): Task {
  return {
    ...rest,
    labels: z.array(z.string()).parse(JSON.parse(labels)),
    check: isCheck === 1 ? { known, repeats } : null,
    answer: JSON.parse(answer),
  };
}

export interface TaskQuery {
  readonly projectId: string;
  readonly jobId?: string | undefined;
  readonly state?: TaskState | undefined;
  readonly kind?: TaskKind | undefined;
  readonly limit: number;
  readonly offset?: number | undefined;
}

const MATCHING = `project.id = @projectId AND (@state IS NULL OR t.state = @state)
  AND (@kind IS NULL OR t.kind = @kind)`;
/** A call's task may be another job's. */
const OF_JOB = `(t.job = @jobId OR t.call_key IN (
  SELECT key FROM waiting_call w WHERE w.project = t.project AND w.job = @jobId))`;

/** The reads of tasks, as documented on LedgerStore. */
export function taskReadOperations(db: Database) {
  const find = db.prepare<[string, string]>(`${SELECT} WHERE project.id = ? AND t.id = ?`);
  const listed = (where: string) => ({
    page: db.prepare(`${SELECT} WHERE ${where} ORDER BY t.seq LIMIT @limit OFFSET @offset`),
    count: db
      .prepare<[object], number>(
        `SELECT count(*) FROM task t JOIN project ON project.key = t.project WHERE ${where}`,
      )
      .pluck(),
  });
  const lists = { all: listed(MATCHING), ofJob: listed(`${MATCHING} AND ${OF_JOB}`) };
  return {
    getTask(projectId: string, id: string): Task | undefined {
      const row = find.get(projectId, id);
      return row === undefined ? undefined : toTask(Row.parse(row));
    },
    listTasks(query: TaskQuery): { readonly items: readonly Task[]; readonly total: number } {
      const { projectId, jobId, state = null, kind = null, limit, offset = 0 } = query;
      const list = jobId === undefined ? lists.all : lists.ofJob;
      const wanted = { projectId, state, kind, ...(jobId === undefined ? {} : { jobId }) };
      const page = { limit: Math.max(1, Math.floor(limit)), offset: Math.max(0, Math.floor(offset)) };
      return {
        items: list.page.all({ ...wanted, ...page }).map((row) => toTask(Row.parse(row))),
        total: list.count.get(wanted) ?? 0,
      };
    },
  };
}
