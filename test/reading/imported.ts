import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Span } from "../../src/model/span.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import type { TraceBatch } from "../../src/store/store.ts";
import { normalizeSpan } from "../../src/telemetry/conventions/index.ts";
import type { ImportBatch } from "../../src/telemetry/importers/contract.ts";
import { importPaths } from "../../src/telemetry/importers/index.ts";

/** A new SQLite store in a folder of its own; closing removes both. */
export async function openTestStore() {
  const folder = await mkdtemp(join(tmpdir(), "evalwright-reading-"));
  const store = await openSqliteStore({ path: join(folder, "test.db") });
  await store.records.ensureProject({ id: "shop", slug: "shop" });
  return {
    store,
    traces: store.traces,
    async close() {
      await store[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function canonical(batch: ImportBatch): TraceBatch {
  const normal = batch.raw.map((raw) => normalizeSpan(raw, { arrivedUs: Date.now() * 1_000 }));
  return {
    projectId: "shop",
    spans: [...normal.map(({ span }) => span), ...batch.spans],
    media: [...normal.flatMap(({ media }) => media), ...batch.media],
    assessments: batch.assessments,
    sessionTags: batch.sessionTags,
  };
}

/** The spans of one file of EVALWRIGHT_TEST_DATA, through the importers and conventions. */
export async function importSpans(file: string): Promise<Span[]> {
  const spans: Span[] = [];
  await importPaths([join(process.env["EVALWRIGHT_TEST_DATA"] ?? "", file)], async (batch) => {
    spans.push(...canonical(batch).spans);
    return { traceIds: [], sessionIds: [], spans: spans.length, feedback: 0 };
  });
  return spans;
}

/** A store with the traces of these files, through the importers and conventions. */
export async function openPaths(paths: readonly string[]) {
  const opened = await openTestStore();
  await importPaths(paths, async (batch) => {
    const items = canonical(batch);
    await opened.traces.insert([items]);
    return { traceIds: [], sessionIds: [], spans: items.spans.length, feedback: items.assessments.length };
  });
  await opened.traces.settle();
  return opened;
}

/** A store with the named files of EVALWRIGHT_TEST_DATA. */
export const openImported = (...files: readonly string[]) =>
  openPaths(files.map((file) => join(process.env["EVALWRIGHT_TEST_DATA"] ?? "", file)));
