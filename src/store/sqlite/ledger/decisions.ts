import type { Database } from "better-sqlite3";
import type { Json } from "../../../model/json.ts";
import type { Holder } from "../../ledger-store.ts";
import { holderCheck } from "../holder.ts";
import { jsonText } from "../json-text.ts";
import { nowUs } from "../write-rows.ts";

/** What a job recorded so that it runs again alike: decisions, and the failures that it may forget. */
export function decisionOperations(db: Database) {
  const checkHolder = holderCheck(db);
  const add = db.prepare("INSERT OR IGNORE INTO decision (project, job, name, value) VALUES (?, ?, ?, ?)");
  const find = db
    .prepare<[number, string, string], string>(
      "SELECT value FROM decision WHERE project = ? AND job = ? AND name = ?",
    )
    .pluck();
  const forget = db.prepare(
    "DELETE FROM call_failure WHERE job = ? AND project = (SELECT key FROM project WHERE id = ?)",
  );
  const decide = db.transaction((holder: Holder, name: string, value: Json): Json => {
    const { project } = checkHolder(holder, nowUs());
    const { jobId } = holder;
    add.run(project, jobId, name, jsonText(value).text);
    return JSON.parse(find.get(project, jobId, name) ?? "null");
  });
  const findDecision = (holder: Holder, name: string): { value: Json } | undefined => {
    const { project } = checkHolder(holder, nowUs());
    const text = find.get(project, holder.jobId, name);
    return text === undefined ? undefined : { value: JSON.parse(text) };
  };
  return {
    findDecision,
    decide: (holder: Holder, name: string, value: Json): Json => decide.immediate(holder, name, value),
    forgetFailures: (projectId: string, jobId: string): number => forget.run(jobId, projectId).changes,
  };
}
