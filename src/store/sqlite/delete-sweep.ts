import type { Database } from "better-sqlite3";

/** Rows of content removed by one statement. */
const CHUNK = 500;

/**
 * Removes the marked contents, chains and media that nothing refers to any more: marks what remaining spans still
 * hold, follows the chains, and removes the rest. One write transaction, since whoever stores a span may refer to a
 * content that was already there; it reads the content columns of the project's spans once.
 */
export function unreferencedSweeper(db: Database): (project: number) => { contents: number; media: number } {
  const run = (text: string) => {
    const statement = db.prepare(text);
    return (project: number) => statement.run({ project }).changes;
  };
  db.exec("CREATE TEMP TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY)");
  const steps = {
    forget: db.prepare("DELETE FROM temp.kept"),
    keepChains: ["input_messages", "output_messages", "thread"].map((column) =>
      run(`INSERT OR IGNORE INTO temp.kept
        SELECT ${column} FROM span WHERE project = @project AND ${column} IN (SELECT chain FROM sweep_chain)`),
    ),
    keepSourceChains: db.prepare(`INSERT OR IGNORE INTO temp.kept
      SELECT chain FROM span_source_chain WHERE chain IN (SELECT chain FROM sweep_chain)`),
    // A node with a child outside the marks is the beginning of a chain that is in use.
    keepBeginnings: db.prepare(`INSERT OR IGNORE INTO temp.kept
      SELECT m.chain FROM sweep_chain m WHERE EXISTS (
        SELECT 1 FROM chain c WHERE c.parent = m.chain AND c.id NOT IN (SELECT chain FROM sweep_chain))`),
    keepAncestors: db.prepare(`INSERT OR IGNORE INTO temp.kept
      WITH RECURSIVE up (id) AS (
        SELECT id FROM temp.kept UNION
        SELECT c.parent FROM up JOIN chain c ON c.id = up.id WHERE c.parent IS NOT NULL
      ) SELECT id FROM up`),
    unmarkChains: db.prepare("DELETE FROM sweep_chain WHERE chain IN (SELECT id FROM temp.kept)"),
    markContents: db.prepare(`INSERT OR IGNORE INTO sweep_content (content)
      SELECT content FROM chain WHERE id IN (SELECT chain FROM sweep_chain)`),
    removeChains: db.prepare("DELETE FROM chain WHERE id IN (SELECT chain FROM sweep_chain)"),
    keepContents: ["system", "input", "output", "tool_definitions", "documents"].map((column) =>
      run(`INSERT OR IGNORE INTO temp.kept
        SELECT ${column} FROM span WHERE project = @project AND ${column} IN (SELECT content FROM sweep_content)`),
    ),
    keepResources: db.prepare(`INSERT OR IGNORE INTO temp.kept
      SELECT resource FROM span_source WHERE resource IN (SELECT content FROM sweep_content)`),
    keepChained: db.prepare(`INSERT OR IGNORE INTO temp.kept
      SELECT content FROM sweep_content m WHERE EXISTS (SELECT 1 FROM chain c WHERE c.content = m.content)`),
    unmarkContents: db.prepare("DELETE FROM sweep_content WHERE content IN (SELECT id FROM temp.kept)"),
    endChains: db.prepare("DELETE FROM sweep_chain"),
  };
  const sweepContents = contentSweeper(db);
  return (project) => {
    steps.forget.run();
    for (const keep of steps.keepChains) keep(project);
    for (const step of [steps.keepSourceChains, steps.keepBeginnings, steps.keepAncestors]) step.run();
    for (const step of [steps.unmarkChains, steps.markContents, steps.removeChains, steps.forget]) step.run();
    for (const keep of steps.keepContents) keep(project);
    for (const step of [steps.keepResources, steps.keepChained, steps.unmarkContents]) step.run();
    for (const step of [steps.endChains, steps.forget]) step.run();
    return sweepContents(project);
  };
}

/** Removes all contents still marked, and the media that only they named. */
function contentSweeper(db: Database) {
  const batch = `(SELECT content FROM sweep_content ORDER BY content LIMIT ${CHUNK})`;
  const media = db.prepare<[], { project: number; hash: string }>(
    `SELECT DISTINCT project, hash FROM media_use WHERE content IN ${batch}`,
  );
  const removals = [
    `DELETE FROM media_use WHERE content IN ${batch}`,
    `DELETE FROM content_text WHERE rowid IN ${batch}`,
    `DELETE FROM occurrence WHERE content IN ${batch}`,
  ].map((text) => db.prepare(text));
  const removeContents = db.prepare(`DELETE FROM content WHERE id IN ${batch}`);
  const unmark = db.prepare(`DELETE FROM sweep_content WHERE content IN ${batch}`);
  const removeMedia = db.prepare(`DELETE FROM media WHERE project = @project AND hash = @hash
    AND NOT EXISTS (SELECT 1 FROM media_use WHERE project = @project AND hash = @hash)`);
  return (project: number) => {
    let contents = 0;
    const candidates = new Set<string>();
    for (let left = true; left; ) {
      for (const { hash } of media.all()) candidates.add(hash);
      for (const removal of removals) removal.run();
      contents += removeContents.run().changes;
      left = unmark.run().changes > 0;
    }
    let removed = 0;
    for (const hash of candidates) removed += removeMedia.run({ project, hash }).changes;
    return { contents, media: removed };
  };
}
