import type { Database } from "better-sqlite3";
import { z } from "zod";
import type { Json } from "../../../model/json.ts";
import type { Spend } from "../../../model/ledger.ts";
import type { Reservation } from "../../ledger-store.ts";
import { compressText, expandText } from "../compress.ts";
import { jsonText } from "../json-text.ts";
import { nowUs } from "../write-rows.ts";

/** A call of a project, and the job that made it. */
export interface CallName {
  readonly project: number;
  readonly key: string;
  readonly kind: string;
  readonly job: string;
}

const CallRow = z.object({
  state: z.enum(["answered", "pending"]),
  calls: z.number(),
  tokens: z.number(),
  usd: z.number().nullable(),
  deflated: z.number(),
  answer: z.instanceof(Uint8Array).nullable(),
});

/** Rows of calls that have ended or wait. Every method runs inside the caller's transaction. */
export type CallRows = ReturnType<typeof callRows>;

export function callRows(db: Database) {
  const failure = db
    .prepare<[number, string, string], string>(
      "SELECT error FROM call_failure WHERE project = ? AND key = ? AND job = ?",
    )
    .pluck();
  const find = db.prepare<[number, string]>(
    "SELECT state, calls, tokens, usd, deflated, answer FROM call WHERE project = ? AND key = ?",
  );
  const add = db.prepare(
    `INSERT INTO call (project, key, kind, job, state, calls, tokens, usd, deflated, answer, created_us)
     VALUES (@project, @key, @kind, @job, @state, @calls, @tokens, @usd, @deflated, @answer, @now)`,
  );
  const answerPending = db.prepare(
    `UPDATE call SET state = 'answered', deflated = @deflated, answer = @answer
     WHERE project = @project AND key = @key AND state = 'pending'`,
  );
  const fail = db.prepare(
    `INSERT OR REPLACE INTO call_failure (project, key, job, kind, error, created_us)
     VALUES (@project, @key, @job, @kind, @error, @now)`,
  );
  const wait = db.prepare("INSERT OR IGNORE INTO waiting_call (project, key, job) VALUES (?, ?, ?)");
  return {
    /** What is recorded of a call, as this job sees it. A job's own failure comes first, so that it runs again alike. */
    find(project: number, key: string, job: string): Recorded | undefined {
      const error = failure.get(project, key, job);
      if (error !== undefined) return { state: "failed", error };
      const found = find.get(project, key);
      if (found === undefined) return undefined;
      const { state, calls, tokens, usd, deflated, answer } = CallRow.parse(found);
      if (state === "pending") return { state };
      return {
        state,
        answer: answer ? JSON.parse(expandText(answer, deflated)) : null,
        spent: { calls, tokens, usd },
      };
    },
    answer(call: CallName, answer: Json, spent: Spend): void {
      add.run({ ...call, ...spent, ...packed(answer), state: "answered", now: nowUs() });
    },
    fail(call: CallName, error: string): void {
      fail.run({ ...call, error, now: nowUs() });
    },
    pend(call: CallName): void {
      add.run({
        ...call,
        state: "pending",
        calls: 0,
        tokens: 0,
        usd: 0,
        deflated: 0,
        answer: null,
        now: nowUs(),
      });
    },
    answerPending(project: number, key: string, answer: Json): void {
      answerPending.run({ project, key, ...packed(answer) });
    },
    /** Notes that a job waits for a pending call. */
    wait(project: number, key: string, job: string): void {
      wait.run(project, key, job);
    },
  };
}

type Recorded = Extract<Reservation, { state: "answered" | "failed" | "pending" }>;

function packed(answer: Json) {
  const { deflated, data } = compressText(jsonText(answer).text);
  return { deflated, answer: data };
}
