import { hash } from "node:crypto";
import type { Database } from "better-sqlite3";
import { z } from "zod";
import { AppError } from "../../errors.ts";
import type { DatasetVersion, Example, ExampleContent, Split } from "../../model/example.ts";
import type { SourceRef } from "../ledger-store.ts";
import type { Idempotency } from "../store.ts";
import { compressText } from "./compress.ts";
import {
  COUNTS,
  countExamples,
  toVersion,
  VERSION_COLUMNS,
  VERSION_SOURCE,
  VersionRow,
} from "./dataset-rows.ts";
import { derivedNotes } from "./derived.ts";
import { groupHash } from "./group-hash.ts";
import { idempotencyRecords } from "./idempotency.ts";
import { jsonText } from "./json-text.ts";
import { sealer } from "./seal.ts";
import { nowUs, rowWriter } from "./write-rows.ts";

interface NewDataset {
  readonly projectId: string;
  readonly name: string;
  readonly hash: string;
  readonly note: string | null;
  readonly after?: number | null;
}

/** Saving datasets and what belongs to their groups and sources, as documented on DatasetStore. */
export function datasetOperations(db: Database) {
  return { ...saveOperation(db), ...splitOperations(db) };
}

function saveOperation(db: Database) {
  const rows = rowWriter(db);
  const records = idempotencyRecords(db);
  const versions = versionWriter(db);
  const examples = exampleWriter(db);
  const seals = sealer(db);
  const byId = db.prepare<[number]>(`SELECT ${VERSION_COLUMNS} FROM ${VERSION_SOURCE} WHERE v.id = ?`);
  const found = (id: number): DatasetVersion => toVersion(VersionRow.parse(byId.get(id)));
  const save = db.transaction(
    (dataset: NewDataset, items: readonly Example[], idempotency: Idempotency | undefined) => {
      rows.forget();
      const project = rows.project(dataset.projectId);
      const first = records.find(project, idempotency);
      if (first !== undefined) return { version: found(Number(first)), created: false };
      const { id, retired } = versions.dataset(project, dataset.name);
      const newest = versions.newest(id);
      // One that has lost examples since is not what is being saved.
      const same = newest !== undefined && newest.hash === dataset.hash && newest.saved === newest.examples;
      if (!same && dataset.after !== undefined && dataset.after !== (newest?.version ?? null))
        throw new AppError("conflict", "The dataset has a newer version than the one that was changed", {
          hint: "Repeat the call.",
        });
      const version = same ? newest.id : versions.add(id, newest?.version ?? null, dataset, items);
      if (!same) {
        refuseDeleted(rows.isDeleted, project, items);
        examples.add(project, version, items);
        if (!retired) seals.sources(project, id, items);
      }
      records.remember(project, idempotency, String(version));
      return { version: found(version), created: !same };
    },
  );
  return {
    saveDataset: (dataset: NewDataset, items: readonly Example[], idempotency?: Idempotency) =>
      save.immediate(dataset, items, idempotency),
  };
}

/** A copy of what was deleted meanwhile would outlive its deletion. */
function refuseDeleted(
  isDeleted: (project: number, traceId: Uint8Array) => boolean,
  project: number,
  items: readonly Example[],
): void {
  const traces = new Set(items.flatMap((item) => item.origin.traceId ?? []));
  const deleted = [...traces].filter((id) => isDeleted(project, Buffer.from(id, "hex")));
  if (deleted.length === 0) return;
  throw new AppError(
    "conflict",
    `Examples came from ${deleted.length} deleted traces, so nothing was saved`,
    {
      hint: `Leave out the examples of ${deleted.slice(0, 5).join(", ")}.`,
    },
  );
}

const NewestRow = z.object({
  id: z.number(),
  version: z.number(),
  hash: z.string(),
  saved: z.number(),
  examples: z.number(),
});

function versionWriter(db: Database) {
  const find = db.prepare<[number, string], { id: number; retired: number | null }>(
    "SELECT id, retired_us AS retired FROM dataset WHERE project = ? AND name = ?",
  );
  const addDataset = db.prepare("INSERT INTO dataset (project, name) VALUES (?, ?)");
  const newest = db.prepare<[number]>(
    `SELECT id, version, hash, saved, examples FROM dataset_version
     WHERE dataset = ? ORDER BY version DESC LIMIT 1`,
  );
  const add = db.prepare(
    `INSERT INTO dataset_version (dataset, version, hash, parent, note, created_us, saved, ${COUNTS.join(", ")})
     VALUES (@dataset, @version, @hash, @parent, @note, @now, @examples, ${COUNTS.map((name) => `@${name}`).join(", ")})`,
  );
  return {
    dataset(project: number, name: string): { id: number; retired: boolean } {
      const row = find.get(project, name);
      if (row) return { id: row.id, retired: row.retired !== null };
      return { id: Number(addDataset.run(project, name).lastInsertRowid), retired: false };
    },
    newest(dataset: number) {
      const row = newest.get(dataset);
      return row === undefined ? undefined : NewestRow.parse(row);
    },
    add(dataset: number, parent: number | null, { hash: of, note }: NewDataset, items: readonly Example[]) {
      const row = { dataset, version: (parent ?? 0) + 1, hash: of, parent, note, now: nowUs() };
      return Number(add.run({ ...row, ...countExamples(items) }).lastInsertRowid);
    },
  };
}

function exampleWriter(db: Database) {
  const find = db
    .prepare<[number, Uint8Array], number>("SELECT id FROM example_body WHERE project = ? AND hash = ?")
    .pluck();
  const addBody = db.prepare("INSERT INTO example_body (project, hash, deflated, data) VALUES (?, ?, ?, ?)");
  const add = db.prepare(
    `INSERT INTO dataset_example (version, position, example_id, hash, grp, split, role, synthetic, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const derived = derivedNotes(db);
  const bodyOf = (project: number, content: ExampleContent): number => {
    const { text } = jsonText(content);
    const key = hash("sha256", text, "buffer").subarray(0, 16);
    const known = find.get(project, key);
    if (known !== undefined) return known;
    const { deflated, data } = compressText(text);
    const id = Number(addBody.run(project, key, deflated, data).lastInsertRowid);
    derived.note(project, sourcesOf(content), "example", String(id));
    return id;
  };
  return {
    add(project: number, version: number, items: readonly Example[]): void {
      items.forEach((item, position) => {
        const { id, hash: of, group, split, ...content } = item;
        const synthetic = content.origin.kind === "synthetic" ? 1 : 0;
        const body = bodyOf(project, content);
        add.run(version, position, id, of, group, split, content.role, synthetic, body);
      });
    },
  };
}

function sourcesOf({ origin: { traceId, sessionId } }: ExampleContent): SourceRef[] {
  return [...(traceId === null ? [] : [{ traceId }]), ...(sessionId === null ? [] : [{ sessionId }])];
}

function splitOperations(db: Database) {
  const rows = rowWriter(db);
  const propose = db.prepare(
    "INSERT OR IGNORE INTO group_split (project, group_hash, split) VALUES (?, ?, ?)",
  );
  const find = db
    .prepare<[number, Uint8Array], Split>(
      "SELECT split FROM group_split WHERE project = ? AND group_hash = ?",
    )
    .pluck();
  const note = db.prepare("INSERT OR IGNORE INTO opened_session (project, session_id) VALUES (?, ?)");
  const assign = db.transaction(
    (projectId: string, groups: readonly { readonly group: string; readonly proposed: Split }[]) => {
      rows.forget();
      const project = rows.project(projectId);
      return groups.map(({ group, proposed }) => {
        const key = groupHash(group);
        propose.run(project, key, proposed);
        return find.get(project, key) ?? proposed;
      });
    },
  );
  const noteOpened = db.transaction((projectId: string, sessionIds: readonly string[]) => {
    rows.forget();
    const project = rows.project(projectId);
    for (const id of sessionIds) note.run(project, id);
  });
  return {
    assignSplits: (
      projectId: string,
      groups: readonly { readonly group: string; readonly proposed: Split }[],
    ): readonly Split[] => assign.immediate(projectId, groups),
    noteOpened: (projectId: string, sessionIds: readonly string[]): void =>
      noteOpened.immediate(projectId, sessionIds),
  };
}
