import type { Database } from "better-sqlite3";
import { invalidInput } from "../../errors.ts";
import type { Filter } from "../../model/filter.ts";
import type { DeletionCounts } from "../store.ts";
import { compileFilter } from "./compile-filter.ts";
import { addCounts, type Counts, noCounts } from "./delete-counts.ts";
import { scrubFreePages } from "./delete-scrub.ts";
import { unreferencedSweeper } from "./delete-sweep.ts";
import { sessionRemover, traceRemover } from "./delete-traces.ts";
import { derivedSweeper } from "./derived.ts";
import { exampleRemover, resultRemover } from "./evaluation-removers.ts";
import { callRemover, taskRemover } from "./ledger/removers.ts";
import { assertKnown, newestVersion, readVersion } from "./migrate.ts";
import { rollupOperations } from "./rollup-operations.ts";

export interface DeletionRequest {
  readonly projectId: string;
  readonly filter: Filter;
  readonly filterText: string;
  readonly dryRun: boolean;
}

/** A write transaction goes on to the next trace for this long; other processes wait meanwhile. */
const TRANSACTION_MS = 50;
/** Pages of the text index that are rewritten in one write transaction. */
const MERGE_PAGES = 500;

/**
 * Deletion of what a filter matches and of everything derived from it.
 *
 * Traces go in short transactions, then one sweep removes contents that nothing refers to any more; marks of what is
 * to be swept are stored with each step, so that after a kill the next deletion finishes the work. Freed pages are
 * overwritten (PRAGMA secure_delete), the text index is merged so that it forgets the words, pages that were free
 * before are overwritten too, and the log is truncated; the file keeps its size, and the pages are used again. A VACUUM would need twice the disk and would
 * stop every other process for its length. A dry run does the same in one transaction and rolls it back, so that
 * its counts are those of the run.
 */
export function deleteOperations(db: Database) {
  db.exec("CREATE TEMP TABLE IF NOT EXISTS doomed (trace INTEGER PRIMARY KEY)");
  const rollups = rollupOperations(db);
  const findProject = db.prepare<[string], number>("SELECT key FROM project WHERE id = ?").pluck();
  const sweepDerived = derivedSweeper(db, {
    call: callRemover(db),
    task: taskRemover(db),
    example: exampleRemover(db),
    result: resultRemover(db),
  });
  const removeTrace = traceRemover(db, sweepDerived);
  const removeSession = sessionRemover(db, sweepDerived);
  const sweep = unreferencedSweeper(db);
  const newest = newestVersion();
  const raiseGeneration = db.prepare("UPDATE meta SET value = value + 1 WHERE key = 'generation'");
  const emptySessions = db
    .prepare<[number], number>(
      "SELECT id FROM session s WHERE project = ? AND NOT EXISTS (SELECT 1 FROM trace WHERE session = s.id)",
    )
    .pluck();
  const looseAssessments = db.prepare("DELETE FROM assessment WHERE project = ?");
  const looseMedia = db.prepare(
    "DELETE FROM media WHERE project = @project AND hash NOT IN (SELECT hash FROM media_use WHERE project = @project)",
  );
  const tombstone = db.prepare(
    "INSERT INTO tombstone (project, created_us, filter, counts) VALUES (?, ?, ?, ?)",
  );
  const forgetDoomed = db.prepare("DELETE FROM temp.doomed");
  const doom = db.prepare("INSERT INTO temp.doomed (trace) SELECT value FROM json_each(?)");
  const engrave = db.prepare("UPDATE tombstone SET counts = ? WHERE id = ?");

  const matching = (project: number, filter: Filter): number[] => {
    const all = filter.type === "all";
    const condition = compileFilter(filter, { project, level: "trace" });
    const select = db.prepare<unknown[], number>(
      `SELECT t.id FROM trace t WHERE t.project = ? ${all ? "" : "AND t.start_us IS NOT NULL"} AND ${condition.text}`,
    );
    return select.pluck().all(project, ...condition.params);
  };

  /** `transact` runs one bounded step; the counts grow as it goes, and are on the tombstone after each. */
  const perform = (
    project: number,
    request: DeletionRequest,
    transact: (step: () => void) => void,
  ): Counts => {
    const counts = noCounts();
    const doomed = matching(project, request.filter);
    forgetDoomed.run();
    doom.run(JSON.stringify(doomed));
    let stone = 0;
    const step = (work: () => void) =>
      transact(() => {
        assertKnown(readVersion(db), newest);
        work();
        raiseGeneration.run();
        engrave.run(JSON.stringify(counts), stone);
      });
    step(() => {
      const filter = withoutSearchedText(request.filterText);
      stone = Number(tombstone.run(project, Date.now() * 1000, filter, "{}").lastInsertRowid);
    });
    for (let at = 0; at < doomed.length; ) {
      step(() => {
        const end = performance.now() + TRANSACTION_MS;
        do addCounts(counts, removeTrace(doomed[at++] ?? -1));
        while (at < doomed.length && performance.now() < end);
      });
    }
    step(() => {
      if (request.filter.type === "all") {
        for (const session of emptySessions.all(project)) addCounts(counts, removeSession(session));
        counts.assessments += looseAssessments.run(project).changes;
        addCounts(counts, sweepDerived.all(project));
      }
      addCounts(counts, sweep(project));
      if (request.filter.type === "all") counts.media += looseMedia.run({ project }).changes;
    });
    return counts;
  };

  return {
    /** Counts what the request removes, and removes it unless it is a dry run. An unknown project has nothing. */
    delete(request: DeletionRequest): DeletionCounts {
      if (isEmpty(request.filter)) {
        throw invalidInput(
          "A deletion needs a filter",
          "Say what to delete, or ask for everything explicitly.",
        );
      }
      const project = findProject.get(request.projectId);
      if (project === undefined) return noCounts();
      rollups.settle();
      if (request.dryRun) return rehearse(db, () => perform(project, request, (step) => step()));
      const before = db.pragma("secure_delete", { simple: true });
      db.pragma("secure_delete = ON");
      try {
        const counts = perform(project, request, (step) => db.transaction(step).immediate());
        rollups.settle();
        forgetWords(db);
        scrubFreePages(db);
        return counts;
      } finally {
        db.pragma(`secure_delete = ${before === 2 ? "FAST" : Number(before)}`);
        db.pragma("wal_checkpoint(TRUNCATE)");
      }
    },
  };
}

const isEmpty = (filter: Filter): boolean =>
  (filter.type === "and" || filter.type === "or") && filter.terms.length === 0;

/** A filter that searched for text would keep on the tombstone what it deleted. */
const withoutSearchedText = (filter: string): string =>
  filter.replace(/~\s*(?:"(?:[^"\\]|\\.)*"|[^\s)]+)/g, '~ "…"');

function rehearse<T>(db: Database, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    return work();
  } finally {
    db.exec("ROLLBACK");
  }
}

/**
 * Rewrites the text index without what was deleted, in short steps, each its own transaction: first all segments
 * become one level, then they are merged until nothing changes
 * (https://www.sqlite.org/fts5.html#the_merge_command).
 */
function forgetWords(db: Database): void {
  const merge = db.prepare("INSERT INTO content_text (content_text, rank) VALUES ('merge', ?)");
  const changes = db.prepare<[], number>("SELECT total_changes()").pluck();
  for (let pages = -MERGE_PAGES; ; pages = MERGE_PAGES) {
    const before = changes.get() ?? 0;
    merge.run(pages);
    if ((changes.get() ?? 0) - before < 2) return;
  }
}
