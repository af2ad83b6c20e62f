import { inflateRawSync } from "node:zlib";
import type { Database } from "better-sqlite3";
import { isJsonObject, type Json } from "../../model/json.ts";
import type { PreviewReader } from "../rollup.ts";

/** Where a span's content is: rows of content and ends of chains. */
export interface ContentColumns {
  readonly input_messages: number | null;
  readonly output_messages: number | null;
  readonly input: number | null;
  readonly output: number | null;
}

/** Messages looked back through for one with text. */
const MAX_MESSAGES = 50;
/** Longer values are not parsed for a preview. */
const MAX_CHARS = 8_000_000;
const NOTE_TOO_LONG = "(value too long for a preview)";

/** The JSON text of one content row. Throws when the row is gone or damaged. */
export function contentReader(db: Database): (id: number) => { text: string; tooLong: boolean } {
  const select = db.prepare<[number], { chars: number; deflated: number; data: Buffer }>(
    "SELECT chars, deflated, data FROM content WHERE id = ?",
  );
  return (id) => {
    const row = select.get(id);
    if (!row) return { text: "null", tooLong: false };
    if (row.chars > MAX_CHARS) return { text: "null", tooLong: true };
    const bytes = row.deflated ? inflateRawSync(row.data) : row.data;
    return { text: bytes.toString("utf8"), tooLong: false };
  };
}

/** All text parts of a stored message of that role; null for another role or no text. */
export function messageText(message: Json, role: string): string | null {
  if (!isJsonObject(message) || message["role"] !== role || !Array.isArray(message["parts"])) return null;
  const texts: string[] = [];
  for (const part of message["parts"]) {
    if (isJsonObject(part) && part["type"] === "text" && typeof part["text"] === "string") {
      texts.push(part["text"]);
    }
  }
  const text = texts.join("\n").trim();
  return text === "" ? null : text;
}

/** Reads previews of spans out of their content rows. */
export function previewReader(db: Database): PreviewReader<ContentColumns> {
  const read = contentReader(db);
  const lastMessages = db.prepare<[number, number], { content: number }>(`
    WITH RECURSIVE up (id, parent, content, n) AS (
      SELECT id, parent, content, 1 FROM chain WHERE id = ?
      UNION ALL
      SELECT c.id, c.parent, c.content, n + 1 FROM up JOIN chain c ON c.id = up.parent WHERE n < ?
    ) SELECT content FROM up ORDER BY n`);
  const lastText = (chain: number | null, role: string): string | null => {
    if (chain === null) return null;
    for (const { content } of lastMessages.all(chain, MAX_MESSAGES)) {
      const { text, tooLong } = read(content);
      if (tooLong) return NOTE_TOO_LONG;
      const message: Json = JSON.parse(text);
      const found = messageText(message, role);
      if (found !== null) return found;
    }
    return null;
  };
  const valueText = (id: number | null): string | null => {
    if (id === null) return null;
    const { text, tooLong } = read(id);
    if (tooLong) return NOTE_TOO_LONG;
    const value: Json = JSON.parse(text);
    return value === null ? null : typeof value === "string" ? value : text;
  };
  return {
    input: (span) => lastText(span.input_messages, "user") ?? valueText(span.input),
    output: (span) => lastText(span.output_messages, "assistant") ?? valueText(span.output),
  };
}
