/** A piece of a file that should be one JSON value. `text` is null when it is longer than the limit. */
export interface JsonText {
  readonly line: number;
  readonly text: string | null;
}

const NEWLINE = 0x0a;

/**
 * The lines of a stream that are not blank, each at most `limit` bytes; a longer one is passed over without
 * holding it in memory.
 */
export async function* splitLines(chunks: AsyncIterable<Buffer>, limit: number): AsyncGenerator<JsonText> {
  let parts: Buffer[] = [];
  let held = 0;
  let line = 1;
  const take = (end: Buffer): JsonText | null => {
    const tooLong = held + end.length > limit;
    const text = tooLong ? null : Buffer.concat([...parts, end]).toString("utf8");
    parts = [];
    held = 0;
    return text?.trim() === "" ? null : { line, text: text === null ? null : withoutMark(text, line) };
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      const found = take(chunk.subarray(from, at));
      if (found) yield found;
      line++;
      from = at + 1;
    }
    const rest = chunk.subarray(from);
    held += rest.length;
    if (held <= limit) parts.push(rest);
    else parts = [];
  }
  const last = take(Buffer.alloc(0));
  if (last) yield last;
}

/** Without the byte order mark that some editors write first. */
const withoutMark = (text: string, line: number): string =>
  line === 1 && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
