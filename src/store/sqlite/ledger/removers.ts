import type { Database } from "better-sqlite3";
import type { DerivedRemover } from "../derived.ts";

/** Removes a call by its key: its answer, failures and tasks. One in flight is charged still, its answer not kept. */
export function callRemover(db: Database): DerivedRemover {
  const tasks = db
    .prepare<[number, string], string>("SELECT id FROM task WHERE project = ? AND call_key = ?")
    .pluck();
  const removeTask = taskRemover(db);
  const removals = [
    "DELETE FROM call WHERE project = ? AND key = ?",
    "DELETE FROM call_failure WHERE project = ? AND key = ?",
  ].map((text) => db.prepare(text));
  const stopWaiting = db.prepare("DELETE FROM waiting_call WHERE project = ? AND key = ?");
  const markSwept = db.prepare("UPDATE reservation SET swept = 1 WHERE project = ? AND key = ?");
  return (project, key) => {
    let removedTasks = 0;
    for (const id of tasks.all(project, key)) removedTasks += removeTask(project, id).tasks ?? 0;
    let rows = 0;
    for (const removal of removals) rows += removal.run(project, key).changes;
    stopWaiting.run(project, key);
    markSwept.run(project, key);
    return { calls: rows > 0 ? 1 : 0, tasks: removedTasks };
  };
}

/** Removes a task by its id, and the checks that repeat it. */
export function taskRemover(db: Database): DerivedRemover {
  const repeats = db
    .prepare<[number, string], string>(
      "SELECT id FROM task WHERE project = ? AND repeats = ? AND id <> repeats",
    )
    .pluck();
  const remove = db.prepare("DELETE FROM task WHERE project = ? AND id = ?");
  return (project, id) => {
    let tasks = remove.run(project, id).changes;
    for (const repeat of repeats.all(project, id)) tasks += remove.run(project, repeat).changes;
    return { tasks };
  };
}
