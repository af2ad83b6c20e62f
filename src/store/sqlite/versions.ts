import type { Database } from "better-sqlite3";
import { z } from "zod";
import type { Json } from "../../model/json.ts";
import type { Idempotency, Page } from "../store.ts";
import type { VersionedKind, VersionedRecord } from "../version-store.ts";
import { idempotencyRecords } from "./idempotency.ts";
import { jsonText } from "./json-text.ts";
import { decodeCursor, encodeCursor } from "./page-cursor.ts";
import { nowUs, rowWriter } from "./write-rows.ts";

interface NewVersion {
  readonly projectId: string;
  readonly kind: VersionedKind;
  readonly name: string;
  readonly hash: string;
  readonly body: Json;
  readonly note: string | null;
  readonly parent?: number | undefined;
}

const Row = z.object({
  row: z.number(),
  projectId: z.string(),
  kind: z.enum([
    "judge",
    "prompt",
    "comparison",
    "tests",
    "calibration",
    "alignment",
    "label_sample",
    "census",
    "match",
    "watch",
  ]),
  name: z.string(),
  version: z.number(),
  hash: z.string(),
  body: z.string(),
  note: z.string().nullable(),
  parent: z.number().nullable(),
  createdUs: z.number(),
});

const SELECT = `SELECT v.id AS row, project.id AS projectId, v.kind, v.name, v.version, v.hash, v.body, v.note,
  v.parent, v.created_us AS createdUs FROM versioned v JOIN project ON project.key = v.project`;

function toRecord({ row: _, ...rest }: z.infer<typeof Row>): VersionedRecord {
  return { ...rest, body: JSON.parse(rest.body) };
}

const Saved = z.object({ id: z.number(), created: z.boolean() });

/** The write of VersionStore, as documented there. */
export function versionOperations(db: Database) {
  const rows = rowWriter(db);
  const records = idempotencyRecords(db);
  const byId = db.prepare<[number]>(`${SELECT} WHERE v.id = ?`);
  const byHash = db
    .prepare<[number, string, string, string], number>(
      "SELECT id FROM versioned WHERE project = ? AND kind = ? AND name = ? AND hash = ?",
    )
    .pluck();
  const newest = db
    .prepare<[number, string, string], number | null>(
      "SELECT max(version) FROM versioned WHERE project = ? AND kind = ? AND name = ?",
    )
    .pluck();
  const add = db.prepare(
    `INSERT INTO versioned (project, kind, name, version, hash, body, note, parent, created_us)
     VALUES (@project, @kind, @name, @version, @hash, @body, @note, @parent, @now)`,
  );
  const append = (project: number, version: NewVersion): z.infer<typeof Saved> => {
    const { kind, name, hash, body, note } = version;
    const same = byHash.get(project, kind, name, hash);
    if (same !== undefined) return { id: same, created: false };
    const last = newest.get(project, kind, name) ?? null;
    const text = { body: jsonText(body).text, note, parent: version.parent ?? last };
    const row = { project, kind, name, hash, version: (last ?? 0) + 1, ...text, now: nowUs() };
    return { id: Number(add.run(row).lastInsertRowid), created: true };
  };
  const save = db.transaction((version: NewVersion, idempotency: Idempotency | undefined) => {
    rows.forget();
    const project = rows.project(version.projectId);
    const known = records.find(project, idempotency);
    const saved = known === undefined ? append(project, version) : Saved.parse(JSON.parse(known));
    if (known === undefined) records.remember(project, idempotency, JSON.stringify(saved));
    return { record: toRecord(Row.parse(byId.get(saved.id))), created: saved.created };
  });
  return {
    saveVersion: (
      version: NewVersion,
      idempotency?: Idempotency,
    ): { record: VersionedRecord; created: boolean } => save.immediate(version, idempotency),
  };
}

interface Listing {
  readonly projectId: string;
  readonly kind: VersionedKind;
  readonly name?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

const OF_NAME = "v.name = @name";
const NEWEST = `@name IS NULL AND NOT EXISTS (SELECT 1 FROM versioned n WHERE n.project = v.project
  AND n.kind = v.kind AND n.name = v.name AND n.version > v.version)`;

/** The reads of VersionStore. */
export function versionReadOperations(db: Database) {
  const get = db.prepare(
    `${SELECT} WHERE project.id = @projectId AND v.kind = @kind AND v.name = @name
       AND (@version IS NULL OR v.version = @version) ORDER BY v.version DESC LIMIT 1`,
  );
  const listed = (which: string) => ({
    page: db.prepare(
      `${SELECT} WHERE project.id = @projectId AND v.kind = @kind AND ${which}
         AND (v.created_us, v.id) < (@us, @row) ORDER BY v.created_us DESC, v.id DESC LIMIT @limit`,
    ),
    count: db
      .prepare<[object], number>(
        `SELECT count(*) FROM versioned v JOIN project ON project.key = v.project
         WHERE project.id = @projectId AND v.kind = @kind AND ${which}`,
      )
      .pluck(),
  });
  const lists = { ofName: listed(OF_NAME), newest: listed(NEWEST) };
  return {
    getVersion(
      projectId: string,
      kind: VersionedKind,
      name: string,
      version?: number,
    ): VersionedRecord | undefined {
      const row = get.get({ projectId, kind, name, version: version ?? null });
      return row === undefined ? undefined : toRecord(Row.parse(row));
    },
    listVersions({ projectId, kind, name, limit, cursor }: Listing): Page<VersionedRecord> {
      const list = name === undefined ? lists.newest : lists.ofName;
      const wanted = { projectId, kind, name: name ?? null };
      const shown = Math.min(500, Math.max(1, Math.floor(limit)));
      const found = list.page
        .all({ ...wanted, ...before(cursor), limit: shown + 1 })
        .map((row) => Row.parse(row));
      const items = found.slice(0, shown);
      const last = items.at(-1);
      const more = found.length > shown && last !== undefined;
      return {
        items: items.map(toRecord),
        total: list.count.get(wanted) ?? 0,
        next: more ? encodeCursor({ us: last.createdUs, row: last.row }) : null,
      };
    },
  };
}

/** Newest first: a list without a cursor begins after every time. */
const before = (cursor: string | undefined) =>
  cursor === undefined ? { us: Number.MAX_SAFE_INTEGER, row: Number.MAX_SAFE_INTEGER } : decodeCursor(cursor);
