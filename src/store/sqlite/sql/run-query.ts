import { AppError } from "../../../errors.ts";
import type { Json } from "../../../model/json.ts";
import { cellToJson, type Engine } from "./engine.ts";
import { explainCompileError, explainRunError } from "./explain-error.ts";
import { checkSql } from "./gate.ts";
import type { Reply, Request } from "./protocol.ts";

/** What a driver calls its error; its message may quote data. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const number = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return [error instanceof Error ? error.name : typeof error, code, number].filter(Boolean).join(" ");
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Checks, compiles and runs one statement; never throws. */
export function runQuery(engine: Engine, request: Request): Reply {
  const started = performance.now();
  try {
    const checked = checkSql(request.sql, engine.reserved);
    engine.scope(request.projectId);
    const statement = compile(engine, checked.sql, checked.views);
    const { rows, truncated } = collect(statement.rows(), request);
    const elapsedMs = performance.now() - started;
    return { type: "rows", id: request.id, columns: [...statement.columns], rows, truncated, elapsedMs };
  } catch (error) {
    const explained = error instanceof AppError ? error : explainRunError(messageOf(error));
    if (!explained) return { type: "broken", id: request.id, code: codeOf(error) };
    return { type: "failed", id: request.id, message: explained.message, hint: explained.hint };
  }
}

function compile(engine: Engine, sql: string, views: readonly string[]) {
  try {
    return engine.prepare(sql);
  } catch (error) {
    throw explainCompileError(messageOf(error), views);
  }
}

function collect(
  source: Iterable<readonly (string | number | bigint | null | Uint8Array)[]>,
  limits: Request,
) {
  const rows: Json[][] = [];
  let bytes = 0;
  for (const cells of source) {
    if (rows.length >= limits.maxRows) return { rows, truncated: true };
    const row = cells.map((cell) => cellToJson(cell, Math.floor(limits.maxBytes / 4)));
    bytes += Buffer.byteLength(JSON.stringify(row));
    if (bytes > limits.maxBytes && rows.length > 0) return { rows, truncated: true };
    rows.push(row);
  }
  return { rows, truncated: false };
}
