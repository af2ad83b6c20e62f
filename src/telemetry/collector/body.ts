import type { IncomingMessage } from "node:http";
import type { Readable, Transform } from "node:stream";
import { createGunzip, createInflate } from "node:zlib";
import { AppError } from "../../errors.ts";
import { type Gate, REQUEST_OVERHEAD_BYTES } from "./gate.ts";
import { busy, tooLarge } from "./refusal.ts";

interface ReadBody {
  readonly body: Uint8Array;
  /** Gives the bytes back to the gate; call it once the request is answered. */
  readonly release: () => void;
}

const CHUNK = 64 * 1024;

/**
 * Reads a body, decompressed, with its limit counted on decompressed bytes as they come: neither a bomb nor a
 * flood is ever whole in memory. Throws `too_large`, `unavailable` (too much in flight), `invalid_input` (not
 * what Content-Encoding says, or cut).
 */
export async function readBody(request: IncomingMessage, maxBytes: number, gate: Gate): Promise<ReadBody> {
  const decoder = decoderOf(request);
  const declared = Number(request.headers["content-length"] ?? 0);
  if (!decoder && declared > maxBytes) throw tooLarge(maxBytes);
  if (!gate.take(REQUEST_OVERHEAD_BYTES)) throw busy();
  const chunks: Buffer[] = [];
  let size = 0;
  const release = () => gate.release(size + REQUEST_OVERHEAD_BYTES);
  try {
    for await (const chunk of decoded(request, decoder)) {
      if (!Buffer.isBuffer(chunk)) continue;
      if (size + chunk.length > maxBytes) throw tooLarge(maxBytes);
      if (!gate.take(chunk.length)) throw busy();
      size += chunk.length;
      chunks.push(chunk);
    }
  } catch (error) {
    release();
    decoder?.destroy();
    throw error instanceof AppError ? error : broken(error);
  }
  const [only] = chunks;
  return { body: chunks.length === 1 && only ? only : Buffer.concat(chunks, size), release };
}

/** Content-Encoding of the request; null when it is none that we read. */
export function encodingOf(request: IncomingMessage): "none" | "gzip" | "deflate" | null {
  const name = (request.headers["content-encoding"] ?? "").trim().toLowerCase();
  if (name === "" || name === "identity" || name === "none") return "none";
  if (name === "gzip" || name === "x-gzip") return "gzip";
  return name === "deflate" ? "deflate" : null;
}

function decoderOf(request: IncomingMessage): Transform | null {
  const encoding = encodingOf(request);
  if (encoding === "gzip") return createGunzip({ chunkSize: CHUNK });
  return encoding === "deflate" ? createInflate({ chunkSize: CHUNK }) : null;
}

/** The chunks, without destroying the request when reading stops early: its sender still gets an answer. */
async function* decoded(request: IncomingMessage, decoder: Transform | null): AsyncGenerator<unknown> {
  const source: Readable = decoder ?? request;
  if (decoder) {
    request.on("error", (error) => decoder.destroy(error));
    request.on("aborted", () => decoder.destroy(new Error("aborted")));
    request.pipe(decoder);
  }
  try {
    yield* source.iterator({ destroyOnReturn: false });
  } finally {
    if (decoder) request.unpipe(decoder);
  }
}

const broken = (cause: unknown): AppError =>
  new AppError(
    "invalid_input",
    "The body could not be read: it was cut, or is not what Content-Encoding says",
    {
      hint: "Check Content-Encoding and Content-Length.",
      cause,
    },
  );
