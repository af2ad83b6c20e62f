import type { Readable } from "node:stream";
import { isJsonObject, type JsonObject } from "../model/json.ts";
import { decode, parseContainer } from "./output.ts";

const NEWLINE = 10;

/** What a worker says on stdout: one JSON object a line, of which only the one that is waited for counts. */
export interface AnswerLines {
  /**
   * Resolves with the object of the next line that has this id, without the id.
   * @param onFlood called once when more than `maxBytes` have come since.
   */
  expect(id: string, onFlood: () => void): Promise<JsonObject>;
  /** Lines that were no answer, since this was last asked. */
  takeIgnored(): number;
}

export function readAnswerLines(stdout: Readable, maxBytes: number): AnswerLines {
  let waiting: { readonly id: string; resolve(answer: JsonObject): void; onFlood(): void } | null = null;
  let line: Buffer[] = [];
  let lineBytes = 0;
  let bytes = 0;
  let ignored = 0;

  const endLine = (): void => {
    const text = lineBytes > maxBytes ? null : decode(Buffer.concat(line));
    line = [];
    lineBytes = 0;
    if (text?.trim() === "") return;
    const value = text === null ? undefined : parseContainer(text);
    if (!waiting || !isJsonObject(value) || String(value["id"]) !== waiting.id) {
      ignored += 1;
      return;
    }
    const { id: _, ...answer } = value;
    waiting.resolve(answer);
    waiting = null;
  };
  const add = (piece: Buffer): void => {
    lineBytes += piece.length;
    if (lineBytes <= maxBytes) line.push(piece);
    else line = [];
  };
  stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      add(chunk.subarray(from, at));
      endLine();
      from = at + 1;
    }
    add(chunk.subarray(from));
    if (waiting && bytes > maxBytes) waiting.onFlood();
  });
  stdout.on("end", endLine); // a last line without its end
  return {
    expect(id, onFlood) {
      bytes = 0;
      const { promise, resolve } = Promise.withResolvers<JsonObject>();
      waiting = { id, resolve, onFlood };
      return promise;
    },
    takeIgnored() {
      const taken = ignored;
      ignored = 0;
      return taken;
    },
  };
}
