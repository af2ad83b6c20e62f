import type { Database } from "better-sqlite3";
import type { Json } from "../../../model/json.ts";
import { callRows } from "./calls.ts";

/** The answer of a call, whoever asks: nothing is reserved, charged or waited for. */
export function findAnswerOperation(db: Database) {
  const calls = callRows(db);
  const findProject = db.prepare<[string], number>("SELECT key FROM project WHERE id = ?").pluck();
  return {
    findAnswer(projectId: string, key: string): { readonly answer: Json } | undefined {
      const project = findProject.get(projectId);
      const found = project === undefined ? undefined : calls.find(project, key, "");
      return found?.state === "answered" ? { answer: found.answer } : undefined;
    },
  };
}
