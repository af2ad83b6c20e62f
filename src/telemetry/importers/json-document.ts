import type { JsonText } from "./json-lines.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const NEWLINE = 0x0a;

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * The values of a JSON document written over several lines, without holding the document: the elements of a
 * top-level array, else each top-level value. Only brackets and strings are looked at; whoever parses a value
 * finds what else is wrong with it. Scalars at the top level are passed over.
 */
export async function* splitDocument(chunks: AsyncIterable<Buffer>, limit: number): AsyncGenerator<JsonText> {
  const state = createScanner(limit);
  for await (const chunk of chunks) yield* state.scan(chunk);
  const rest = state.rest();
  if (rest) yield rest;
}

function createScanner(limit: number) {
  let depth = 0;
  let base: number | null = null; // depth at which values begin: 1 inside a top-level array, else 0
  let inString = false;
  let escaped = false;
  let line = 1;
  let startLine = 1;
  let inside = false;
  let parts: Buffer[] = [];
  let held = 0;

  const keep = (piece: Buffer): void => {
    held += piece.length;
    if (held <= limit) parts.push(piece);
    else parts = [];
  };
  const finish = (): JsonText => {
    const text = held > limit ? null : Buffer.concat(parts).toString("utf8");
    parts = [];
    held = 0;
    inside = false;
    return { line: startLine, text };
  };

  function* scan(chunk: Buffer): Generator<JsonText> {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === NEWLINE) line++;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
        continue;
      }
      if (base === null && !isSpace(byte) && byte < 0x80) {
        base = byte === OPEN_ARRAY ? 1 : 0;
        if (base === 1) {
          depth = 1;
          continue;
        }
      }
      if (byte === QUOTE) inString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (depth === base && !inside) {
          inside = true;
          startLine = line;
          from = at;
        }
        depth++;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        depth = Math.max(base ?? 0, depth - 1);
        if (inside && depth === base) {
          keep(chunk.subarray(from, at + 1));
          yield finish();
        }
      }
    }
    if (inside) keep(chunk.subarray(from));
  }
  return { scan, rest: () => (inside ? finish() : null) };
}
