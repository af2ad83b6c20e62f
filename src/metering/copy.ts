import type { Transform } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import zlib from "node:zlib";
import { isJsonObject } from "../model/json.ts";
import { parseJson } from "../telemetry/fields.ts";
import { createUsageReader, isLastEvent, type Reading } from "./read-usage.ts";

/** More of an answer, or of one event of a stream, is not read: its usage stays unknown. */
const MAX_CHARS = 32 << 20;

/** What is known of an answer that is over. */
export interface AnswerRead {
  /** Null when it said no usage, or was cut off before its last word. */
  readonly reading: Reading | null;
  /** About as many tokens as were written: an event of a stream is one, of all else four characters are. */
  readonly written: number;
}

/** Reads a copy of an answer while it passes. */
export interface AnswerCopy {
  add(chunk: Buffer): void;
  /** @param isWhole false: it was cut off. */
  end(isWhole: boolean): Promise<AnswerRead>;
}

/** `events` of a stream are text/event-stream; all else is taken to be one JSON value. */
export function createAnswerCopy(contentType: string, encoding: string): AnswerCopy {
  const text = /^text\/event-stream\b/i.test(contentType.trim()) ? createEventText() : createWholeText();
  const decoder = new StringDecoder("utf8");
  const unpack = unpackerOf(encoding);
  if (unpack === undefined)
    return { add: () => undefined, end: () => Promise.resolve({ reading: null, written: 0 }) };
  if (unpack === null)
    return {
      add: (chunk) => text.add(decoder.write(chunk)),
      end: (isWhole) => Promise.resolve(text.end(isWhole)),
    };
  let isBroken = false;
  const ended = new Promise<void>((resolve) => {
    unpack.once("end", resolve);
    unpack.once("error", () => {
      isBroken = true;
      resolve();
    });
  });
  unpack.on("data", (chunk: Buffer) => text.add(decoder.write(chunk)));
  return {
    add: (chunk) => {
      if (!isBroken) unpack.write(chunk);
    },
    async end(isWhole) {
      if (!isBroken) unpack.end();
      await ended;
      return text.end(isWhole && !isBroken);
    },
  };
}

/** Null: nothing to unpack; undefined: nothing that this Node.js can. */
function unpackerOf(encoding: string): Transform | null | undefined {
  const flush = { finishFlush: zlib.constants.Z_SYNC_FLUSH };
  switch (encoding.trim().toLowerCase()) {
    case "":
    case "identity":
      return null;
    case "gzip":
    case "x-gzip":
      return zlib.createGunzip(flush);
    case "deflate":
      return zlib.createInflate(flush);
    case "br":
      return zlib.createBrotliDecompress();
    case "zstd":
      return "createZstdDecompress" in zlib ? zlib.createZstdDecompress() : undefined;
    default:
      return undefined;
  }
}

interface AnswerText {
  add(text: string): void;
  end(isWhole: boolean): AnswerRead;
}

function createWholeText(): AnswerText {
  const texts: string[] = [];
  let size = 0;
  return {
    add(text) {
      size += text.length;
      if (size <= MAX_CHARS) texts.push(text);
      else texts.length = 0;
    },
    end(isWhole) {
      const value = isWhole ? parseJson(texts.join("")) : undefined;
      const reader = createUsageReader();
      if (isJsonObject(value)) reader.add(value);
      return { reading: reader.result(), written: Math.ceil(size / 4) };
    },
  };
}

function createEventText(): AnswerText {
  const reader = createUsageReader();
  /** Of a line that has not ended. */
  let rest: string[] = [];
  let size = 0;
  let isOver = false;
  let written = 0;
  const take = (line: string): void => {
    const data = line.startsWith("data:") ? line.slice(5).trim() : "";
    if (data !== "") written += 1;
    if (data === "[DONE]") isOver = true;
    const part = mayMatter(data) ? parseJson(data) : undefined;
    if (!isJsonObject(part)) return;
    reader.add(part);
    if (isLastEvent(part)) isOver = true;
  };
  return {
    add(text) {
      rest.push(text);
      size += text.length;
      // Long lines come in many pieces: put together once, not at each of them.
      if (!text.includes("\n")) {
        if (size > MAX_CHARS) rest = [];
        return;
      }
      const lines = rest.join("").split(/\r?\n/);
      rest = [lines.pop() ?? ""];
      size = rest[0]?.length ?? 0;
      for (const line of lines) take(line);
    },
    end(isWhole) {
      take(rest.join(""));
      return { reading: isWhole || isOver ? reader.result() : null, written };
    },
  };
}

/** Most events hold a few letters of the answer; they are not worth parsing. */
const mayMatter = (data: string): boolean => data.includes('"usage"') || data.includes('"message_stop"');
