import type { Database } from "better-sqlite3";
import { z } from "zod";
import { TaskState } from "../../../model/ledger.ts";
import type { AnswerOutcome, TaskAnswer } from "../../ledger-store.ts";
import { jsonText } from "../json-text.ts";
import { nowUs } from "../write-rows.ts";
import { callRows } from "./calls.ts";

const Asked = z.object({ state: TaskState, code: z.string(), callKey: z.string().nullable() });

/** `answerTasks` of LedgerStore, as documented there: one transaction. */
export function answerOperation(db: Database) {
  const findProject = db.prepare<[string], number>("SELECT key FROM project WHERE id = ?").pluck();
  const find = db.prepare<[number, string]>(
    "SELECT state, code, call_key AS callKey FROM task WHERE project = ? AND id = ?",
  );
  const write = db.prepare(
    `UPDATE task SET state = 'answered', answer = @answer, answered_by = @by, answered_us = @now
     WHERE project = @project AND id = @taskId`,
  );
  const stopWaiting = db.prepare("DELETE FROM waiting_call WHERE project = ? AND key = ?");
  const waitingJobs = db
    .prepare<[number], string>(
      `SELECT id FROM job WHERE project = ? AND state = 'waiting' AND NOT EXISTS (
         SELECT 1 FROM waiting_call w WHERE w.project = job.project AND w.job = job.id)
       ORDER BY created_us, id`,
    )
    .pluck();
  const calls = callRows(db);

  const accept = (project: number, { taskId, answer, by }: TaskAnswer, callKey: string | null): void => {
    write.run({ project, taskId, by, answer: jsonText(answer).text, now: nowUs() });
    if (callKey === null) return;
    calls.answerPending(project, callKey, answer);
    stopWaiting.run(project, callKey);
  };
  const outcome = (project: number, answer: TaskAnswer): AnswerOutcome => {
    const found = find.get(project, answer.taskId);
    if (found === undefined) return "unknown_task";
    const { state, code, callKey } = Asked.parse(found);
    if (state !== "open") return "not_open";
    if (normalCode(answer.code) !== normalCode(code)) return "wrong_code";
    accept(project, answer, callKey);
    return "accepted";
  };
  const answerAll = db.transaction((projectId: string, answers: readonly TaskAnswer[]): Answered => {
    const project = findProject.get(projectId) ?? -1;
    const outcomes = answers.map((answer) => outcome(project, answer));
    return { outcomes, waitingJobs: waitingJobs.all(project) };
  });
  return {
    answerTasks: (projectId: string, answers: readonly TaskAnswer[]): Answered =>
      answerAll.immediate(projectId, answers),
  };
}

interface Answered {
  readonly outcomes: readonly AnswerOutcome[];
  readonly waitingJobs: readonly string[];
}

const normalCode = (code: string): string => code.trim().toLowerCase();
