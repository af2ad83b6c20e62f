import { AppError, invalidInput } from "../../../errors.ts";
import type { SqlResult, SqlRunner } from "../../sql-runner.ts";
import { type ChildProcess, startChild } from "./child-process.ts";
import type { EngineName } from "./engine.ts";
import type { Reply } from "./protocol.ts";
import { VIEWS } from "./views.ts";

export interface SqlRunnerOptions {
  readonly path: string;
  /** Default: node:sqlite where it has an authorizer, else better-sqlite3. */
  readonly engine?: EngineName;
  /** The child ends after so long without a query. Milliseconds, default 60,000. */
  readonly idleMs?: number;
}

type Limits = Parameters<SqlRunner["query"]>[2];

/** Queries that may wait for the one that runs. */
const MAX_WAITING = 16;

/**
 * Runs statements one after the other in a process of its own, which is started with the first, kept for the next,
 * and killed when a statement takes too long or too much. Statements are checked there as well, so that nothing a
 * statement can do reaches this process.
 */
export function sqlRunner(options: SqlRunnerOptions): SqlRunner & AsyncDisposable {
  const idleMs = options.idleMs ?? 60_000;
  let child: ChildProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  const stop = async (): Promise<void> => {
    clearTimeout(idle);
    const stopping = child;
    child = undefined;
    await stopping?.kill();
  };
  const run = async (projectId: string, sql: string, limits: Limits): Promise<SqlResult> => {
    if (closed) throw new AppError("unavailable", "The store was closed");
    clearTimeout(idle);
    if (!child?.alive()) child = await startChild(options.path, options.engine);
    const outcome = await child.ask(
      { projectId, sql, maxRows: limits.maxRows, maxBytes: limits.maxBytes },
      limits.timeoutMs,
    );
    if (outcome === "late" || outcome === "died") await stop();
    else {
      idle = setTimeout(() => void stop(), idleMs);
      idle.unref();
    }
    return resultOf(outcome, limits);
  };
  return {
    async query(projectId, sql, limits) {
      if (waiting >= MAX_WAITING) {
        throw new AppError("unavailable", "Too many queries are waiting", { hint: "Try again in a moment." });
      }
      waiting += 1;
      const mine = last.then(() => run(projectId, sql, limits));
      last = mine.catch(() => undefined);
      return mine.finally(() => {
        waiting -= 1;
      });
    },
    async schema() {
      return VIEWS.map(({ view, description, columns }) => ({
        view,
        description,
        columns: columns.map(({ name, type, description: text }) => ({ name, type, description: text })),
      }));
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      await stop();
      await last;
    },
  };
}

const NARROW = "Narrow it: a time range on started_at, fewer joins, LIMIT, or an aggregate over fewer rows.";

function resultOf(outcome: Reply | "late" | "died", limits: Limits): SqlResult {
  if (outcome === "late") {
    throw invalidInput(`The query was stopped after ${limits.timeoutMs / 1_000} s`, NARROW);
  }
  if (outcome === "died") {
    throw invalidInput("The query was stopped because it needed too much memory", NARROW);
  }
  switch (outcome.type) {
    case "rows":
      return {
        columns: outcome.columns,
        rows: outcome.rows,
        truncated: outcome.truncated,
        elapsedMs: outcome.elapsedMs,
      };
    case "failed":
      throw invalidInput(outcome.message, outcome.hint);
    default:
      throw new AppError("internal", "A query failed for a reason that is not its own", {
        cause: new Error(outcome.type === "broken" ? outcome.code : outcome.type),
      });
  }
}
