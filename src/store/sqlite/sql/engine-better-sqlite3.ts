import Sqlite from "better-sqlite3";
import { z } from "zod";
import { createContentFunctions } from "./content-functions.ts";
import type { Cell, Engine, EngineOptions } from "./engine.ts";
import { MESSAGE_FUNCTION, TEXT_FUNCTION } from "./view.ts";
import { viewStatements } from "./views.ts";

const Key = z.object({ key: z.number() });
const Names = z.array(z.string());

export function openBetter(options: EngineOptions): Engine {
  const db = new Sqlite(options.path, { readonly: true, fileMustExist: true });
  const content = createContentFunctions();
  db.function(TEXT_FUNCTION, { deterministic: true }, (id, data, deflated) =>
    content.text(id, data, deflated),
  );
  db.function(MESSAGE_FUNCTION, { deterministic: true }, (id, data, deflated, field) =>
    content.message(id, data, deflated, field),
  );
  db.pragma("temp_store = MEMORY");
  db.pragma("trusted_schema = ON");
  let projectKey: number | undefined;
  return {
    name: "better-sqlite3",
    reserved: new Set(Names.parse(db.prepare("SELECT lower(name) FROM sqlite_schema").pluck().all())),
    scope(projectId) {
      content.forget();
      const row = Key.safeParse(db.prepare("SELECT key FROM project WHERE id = ?").get(projectId));
      const key = row.success ? row.data.key : -1;
      if (key === projectKey) return;
      projectKey = undefined;
      db.pragma("query_only = OFF");
      for (const statement of viewStatements(key, options.secret)) db.exec(statement);
      db.pragma("query_only = ON");
      projectKey = key;
    },
    prepare(sql) {
      const statement = db.prepare<[], Cell[]>(sql);
      if (!statement.reader || !statement.readonly) throw new Error("not authorized");
      statement.safeIntegers(true).raw(true);
      return { columns: statement.columns().map((column) => column.name), rows: () => statement.iterate() };
    },
    close: () => db.close(),
  };
}
