import type { Database } from "better-sqlite3";

interface Lost {
  readonly content: number;
  readonly part: string;
  readonly role: string | null;
}

interface Place {
  readonly id: number;
  readonly input_messages: number | null;
  readonly output_messages: number | null;
  readonly input: number | null;
  readonly output: number | null;
}

/**
 * Takes the spans of one doomed trace out of the text index. What they were the first to show in their session, and
 * a remaining trace of it shows too, is listed there under that one. Reads temp.doomed, the traces that will go.
 */
export function occurrenceRemover(db: Database): (trace: number, session: number | null) => void {
  const lost = db.prepare<[number, number], Lost>(`
    SELECT content, part, role FROM occurrence
    WHERE scope = ? AND span IN (SELECT id FROM span WHERE trace = ?)`);
  const remove = db.prepare("DELETE FROM occurrence WHERE span IN (SELECT id FROM span WHERE trace = ?)");
  const others = db.prepare<[number], Place>(`
    SELECT s.id, s.input_messages, s.output_messages, s.input, s.output
    FROM trace t JOIN span s ON s.trace = t.id
    WHERE t.session = ? AND t.id NOT IN (SELECT trace FROM temp.doomed) ORDER BY s.start_us`);
  const node = db.prepare<[number], { parent: number | null; content: number; length: number }>(
    "SELECT parent, content, length FROM chain WHERE id = ?",
  );
  const add = db.prepare(`
    INSERT OR IGNORE INTO occurrence (scope, content, span, part, role, direction, position)
    VALUES (?, ?, ?, ?, ?, ?, ?)`);

  return (trace, session) => {
    const missing = new Map(
      session === null ? [] : lost.all(session, trace).map((row) => [row.content, row]),
    );
    remove.run(trace);
    if (session === null || missing.size === 0) return;
    const put = (content: number | null, span: number, direction: "in" | "out", position: number) => {
      const row = content === null ? undefined : missing.get(content);
      if (!row || content === null) return;
      add.run(session, content, span, row.part, row.role, direction, position);
      missing.delete(content);
    };
    const seen = new Set<number>();
    const walk = (chain: number | null, span: number, direction: "in" | "out") => {
      for (let at = chain; at !== null && !seen.has(at); ) {
        seen.add(at);
        const row = node.get(at);
        if (!row) break;
        put(row.content, span, direction, row.length - 1);
        at = row.parent;
      }
    };
    for (const span of others.all(session)) {
      walk(span.input_messages, span.id, "in");
      walk(span.output_messages, span.id, "out");
      put(span.input, span.id, "in", 0);
      put(span.output, span.id, "out", 0);
      if (missing.size === 0) break;
    }
  };
}
