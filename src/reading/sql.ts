import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import type { Answer } from "../model/answer.ts";
import type { Json } from "../model/json.ts";
import type { SqlRunner } from "../store/sql-runner.ts";
import { budgetFor, cut, fit } from "./budget.ts";
import { sealedOmission } from "./sealed.ts";

const TIMEOUT_MS = 10_000;

type Querying = Pick<Context, "store" | "project">;

function runner(context: Querying): SqlRunner {
  if (context.store.sql) return context.store.sql;
  throw new AppError("unavailable", "This store offers no SQL", {
    hint: "Use search_traces and summarize_traces.",
  });
}

interface FittedRows {
  readonly shown: readonly Json[][];
  readonly omitted: number;
  readonly cutChars: number;
}

/** Characters to which texts are cut so that the rows fit: the first with which all do. */
const CELL_CAPS = [4_000, 2_000, 1_000, 500, 250, 120];

/** When cutting cannot make all rows fit: readable texts, and fewer rows. */
const PAGED_CAPS = [500, 120];

function cutCells(rows: readonly Json[][], cap: number, budget: number): FittedRows {
  const lengths: number[] = [];
  const short = rows.map((row) => {
    let lost = 0;
    const cells = row.map((cell) => {
      if (typeof cell !== "string" || cell.length <= cap + 8) return cell;
      const { text, omittedChars } = cut(cell, cap);
      lost += omittedChars;
      return `${text}…+${omittedChars}`;
    });
    lengths.push(lost);
    return cells;
  });
  const { shown, omitted } = fit(short, budget);
  const cutChars = lengths.slice(0, shown.length).reduce((sum, lost) => sum + lost, 0);
  return { shown, omitted, cutChars };
}

/** One long text must not hide the rows after it, nor its own row. */
function fitRows(rows: readonly Json[][], budget: number): FittedRows {
  const whole = fit(rows, budget);
  if (whole.omitted === 0) return { ...whole, cutChars: 0 };
  for (const cap of CELL_CAPS) {
    const fitted = cutCells(rows, cap, budget);
    if (fitted.omitted === 0) return fitted;
  }
  const pages = PAGED_CAPS.map((cap) => cutCells(rows, cap, budget));
  return pages.find((page) => page.shown.length > 0) ?? { ...whole, cutChars: 0 };
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
  const sealed = await sealedOmission(context, "traces");
  const frame = 400 + JSON.stringify([result.columns, sealed]).length;
  const fitted = fitRows(rows, budget - frame);
  const omitted = [
    ...(fitted.cutChars > 0
      ? [
          {
            kind: "characters of cells",
            count: fitted.cutChars,
            how: "substr(column, from, length), fewer rows, or raise maxTokens.",
          },
        ]
      : []),
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
    ...sealed,
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
