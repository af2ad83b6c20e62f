import { ALLOWED_FUNCTIONS, ALLOWED_TABLES } from "./allowed-functions.ts";
import { createContentFunctions } from "./content-functions.ts";
import { type Cell, type Engine, type EngineOptions, MAX_VALUE_BYTES } from "./engine.ts";
import { MESSAGE_FUNCTION, TEXT_FUNCTION } from "./view.ts";
import { innerName, VIEWS, viewStatements } from "./views.ts";

type Sqlite = typeof import("node:sqlite");

/** Tables that the views read; what else the file holds is read by nobody. */
const BASE_TABLES: ReadonlySet<string> = new Set([
  "trace",
  "session",
  "span",
  "occurrence",
  "content",
  "assessment",
  "sealed_trace",
  "sealed_session",
  "seal_trace",
  "seal_session",
]);

/** Tables that exist without being in the file. */
const BUILT_IN_TABLES =
  /^(?:$|sqlite_|pragma_|fts|dbstat|bytecode|tables_used|stmt|series|generate_|completion|rtree)/;

/** Functions that only the views need, beside those that anybody may call. */
const VIEW_FUNCTIONS: ReadonlySet<string> = new Set([TEXT_FUNCTION, MESSAGE_FUNCTION]);

/** Undefined where this Node has no authorizer. */
export async function openNode(options: EngineOptions): Promise<Engine | undefined> {
  const sqlite = await import("node:sqlite").catch(() => undefined);
  if (!sqlite || typeof sqlite.DatabaseSync.prototype.setAuthorizer !== "function") return undefined;
  const db = new sqlite.DatabaseSync(options.path, {
    readOnly: true,
    allowExtension: false,
    limits: { length: MAX_VALUE_BYTES, compoundSelect: 50, attach: 0 },
  });
  const content = createContentFunctions();
  db.function(TEXT_FUNCTION, { deterministic: true }, (id, data, deflated) =>
    content.text(id, data, deflated),
  );
  db.function(MESSAGE_FUNCTION, { deterministic: true }, (id, data, deflated, field) =>
    content.message(id, data, deflated, field),
  );
  db.exec("PRAGMA temp_store = MEMORY");
  const names = db.prepare("SELECT lower(name) AS name FROM sqlite_schema").all();
  const reserved = new Set(names.map((row) => String(row["name"])));
  const authorize = authorizer(sqlite, options.secret, reserved);
  let projectKey: number | undefined;
  return {
    name: "node:sqlite",
    reserved,
    scope(projectId) {
      db.setAuthorizer(null);
      content.forget();
      const row = db.prepare("SELECT key FROM project WHERE id = ?").get(projectId);
      const key = Number(row?.["key"] ?? -1);
      if (key === projectKey) return;
      projectKey = undefined;
      db.exec("PRAGMA query_only = OFF");
      for (const statement of viewStatements(key, options.secret)) db.exec(statement);
      db.exec("PRAGMA query_only = ON");
      projectKey = key;
    },
    prepare(sql) {
      db.setAuthorizer(authorize);
      const statement = db.prepare(sql);
      statement.setReadBigInts(true);
      statement.setReturnArrays(true);
      const columns = statement.columns().map((column) => column.name);
      return { columns, rows: () => cells(statement.iterate()) };
    },
    close: () => db.close(),
  };
}

function* cells(rows: Iterable<unknown>): Generator<readonly Cell[]> {
  for (const row of rows) yield Array.isArray(row) ? row : [];
}

/**
 * What SQLite asks while it compiles: https://www.sqlite.org/c3ref/c_alter_table.html. Base tables and the views'
 * functions are for the inner views only, whose names no statement can know.
 */
function authorizer({ constants }: Sqlite, secret: string, reserved: ReadonlySet<string>) {
  const inner = new Set(VIEWS.map((view) => innerName(view.view, secret)));
  const readable = new Set([...VIEWS.map((view) => view.view), ...inner, ...ALLOWED_TABLES]);
  const allows = (action: number, first: string | null, second: string | null, within: string | null) => {
    const byView = within !== null && inner.has(within);
    switch (action) {
      case constants.SQLITE_SELECT:
      case constants.SQLITE_RECURSIVE:
        return true;
      case constants.SQLITE_READ: {
        const name = (first ?? "").toLowerCase();
        if (BASE_TABLES.has(name)) return byView;
        // Of a table of the statement itself, SQLite asks about no column by name.
        return readable.has(name) || (second === "" && !reserved.has(name) && !BUILT_IN_TABLES.test(name));
      }
      case constants.SQLITE_FUNCTION: {
        const name = (second ?? "").toLowerCase();
        return ALLOWED_FUNCTIONS.has(name) || (byView && VIEW_FUNCTIONS.has(name));
      }
      default:
        return false;
    }
  };
  return (
    action: number,
    first: string | null,
    second: string | null,
    _db: string | null,
    within: string | null,
  ) => (allows(action, first, second, within) ? constants.SQLITE_OK : constants.SQLITE_DENY);
}
