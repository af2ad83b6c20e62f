import { isUtf8 } from "node:buffer";
import type { Json } from "../../model/json.ts";
import { isTooDeep, parseJson } from "../fields.ts";
import type { Sample } from "./contract.ts";
import { splitDocument } from "./json-document.ts";
import { type JsonText, splitLines } from "./json-lines.ts";
import { readBytes } from "./open-file.ts";

const HEAD_BYTES = 1 << 20;
/** For files whose first value is longer than that. */
const LONG_HEAD_BYTES = 32 << 20;
const MAX_VALUES = 20;

/** `lines`: a value a line; a broken line costs only itself. `document`: values over several lines, or one array. */
export type Layout = "lines" | "document";

export interface Head {
  readonly sample: Sample;
  readonly layout: Layout;
}

/** Reads the beginning of a file: what is needed to tell its format and its layout. */
export async function readHead(path: string, signal: AbortSignal): Promise<Head> {
  let head = await readBeginning(path, HEAD_BYTES, signal);
  let layout = layoutOf(head);
  let values = await firstValues(head, layout);
  if (values.length === 0 && head.length >= HEAD_BYTES && textOf(head) !== null) {
    head = await readBeginning(path, LONG_HEAD_BYTES, signal);
    layout = layoutOf(head);
    values = await firstValues(head, layout);
  }
  return { sample: { path, bytes: head.subarray(0, 1 << 16), text: textOf(head), values }, layout };
}

async function readBeginning(path: string, bytes: number, signal: AbortSignal): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of readBytes(path, signal)) {
    parts.push(chunk);
    length += chunk.length;
    if (length >= bytes) break;
  }
  return Buffer.concat(parts).subarray(0, bytes);
}

/** Null for what is not UTF-8 text; a character cut at the end of the piece does not count. */
function textOf(head: Buffer): string | null {
  const piece = head.subarray(0, 1 << 16);
  if (piece.includes(0)) return null;
  for (let cut = 0; cut < 4 && cut <= piece.length; cut++) {
    const shorter = piece.subarray(0, piece.length - cut);
    if (isUtf8(shorter)) return shorter.toString("utf8").replace(/^\uFEFF/, "");
  }
  return null;
}

function layoutOf(head: Buffer): Layout {
  const text = head.toString("utf8", 0, Math.min(head.length, LONG_HEAD_BYTES)).replace(/^\uFEFF/, "");
  const start = text.trimStart();
  const end = start.indexOf("\n");
  const first = (end === -1 ? start : start.slice(0, end)).trim();
  const more = end !== -1 && start.slice(end).trim() !== "";
  if (first.startsWith("[")) return more && parseJson(first) !== undefined ? "lines" : "document";
  if (first === "{") return "document";
  if (!more || parseJson(first) !== undefined) return "lines";
  // The first line is no value: a pretty-printed object begun on it, or a broken line.
  return first.startsWith("{") && first.length < 200 && !first.endsWith("}") && !laterLineParses(start)
    ? "document"
    : "lines";
}

const laterLineParses = (text: string): boolean =>
  text
    .split("\n", 6)
    .slice(1)
    .some((line) => line.startsWith("{") && parseJson(line) !== undefined);

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function firstValues(head: Buffer, layout: Layout): Promise<Json[]> {
  const values: Json[] = [];
  for await (const piece of splitJson(once(head), layout, head.length)) {
    const value = piece.text === null ? undefined : parseJson(piece.text);
    if (value !== undefined && !isTooDeep(value)) values.push(value);
    if (values.length >= MAX_VALUES) break;
  }
  return values;
}

export const splitJson = (
  chunks: AsyncIterable<Buffer>,
  layout: Layout,
  limit: number,
): AsyncGenerator<JsonText> =>
  layout === "lines" ? splitLines(chunks, limit) : splitDocument(chunks, limit);
