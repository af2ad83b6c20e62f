import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import type { Answer } from "../model/answer.ts";
import type { SqlRunner } from "../store/sql-runner.ts";
import { budgetFor, fit } from "./budget.ts";

const TIMEOUT_MS = 10_000;

type Querying = Pick<Context, "store" | "project">;

function runner(context: Querying): SqlRunner {
  if (context.store.sql) return context.store.sql;
  throw new AppError("unavailable", "This store offers no SQL", {
    hint: "Use search_traces and summarize_traces.",
  });
}

/** query_sql with a statement: columns and rows within the budget, and what was left out. */
export async function sqlAnswer(
  context: Querying,
  input: { readonly sql: string; readonly maxRows: number; readonly maxTokens?: number | undefined },
): Promise<Answer> {
  const budget = budgetFor(input.maxTokens);
  const result = await runner(context).query(context.project.id, input.sql, {
    timeoutMs: TIMEOUT_MS,
    maxRows: input.maxRows,
    maxBytes: 2_000_000,
  });
  const rows = result.rows.map((row) => [...row]);
  const fitted = fit(rows, budget - 300 - JSON.stringify(result.columns).length);
  const omitted = [
    ...(fitted.omitted > 0
      ? [
          {
            kind: "rows",
            count: fitted.omitted,
            how: "Select fewer or shorter columns (substr), or raise maxTokens.",
          },
        ]
      : []),
    ...(result.truncated
      ? [
          {
            kind: "rows beyond maxRows (at least)",
            count: 1,
            how: "Aggregate, add LIMIT and OFFSET, or raise maxRows.",
          },
        ]
      : []),
  ];
  return {
    data: { elapsedMs: Math.round(result.elapsedMs) },
    untrusted: { columns: [...result.columns], rows: [...fitted.shown] },
    page: { returned: fitted.shown.length, total: result.truncated ? null : rows.length, next: null },
    omitted,
  };
}

/** query_sql without a statement: the views. */
export async function sqlSchema(
  context: Querying,
  input: { readonly maxTokens?: number | undefined },
): Promise<Answer> {
  const views = await runner(context).schema();
  const lines = views.map(
    (view) =>
      `${view.view} -- ${view.description}\n${view.columns.map((c) => `  ${c.name} ${c.type}${c.description ? ` -- ${c.description}` : ""}`).join("\n")}`,
  );
  const fitted = fit(lines, budgetFor(input.maxTokens ?? 6_000));
  return {
    data: { views: [...fitted.shown], limits: `one SELECT, ${TIMEOUT_MS / 1_000} s, this project only` },
    omitted: fitted.omitted > 0 ? [{ kind: "views", count: fitted.omitted, how: "Raise maxTokens." }] : [],
  };
}
