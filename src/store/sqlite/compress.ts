import { deflateRawSync, inflateRawSync } from "node:zlib";

/** Shorter texts are kept as they are: a stream's own overhead would eat the gain. */
const MIN_BYTES = 512;
/** Level 1 with a 4 KiB window and small tables: setting up larger ones costs more than they save at these sizes. */
const OPTIONS = { level: 1, memLevel: 5, windowBits: 12 } as const;
const LARGE_OPTIONS = { level: 1 } as const;
const LARGE_BYTES = 16_384;

export interface Packed {
  readonly deflated: 0 | 1;
  readonly data: Uint8Array;
}

/** UTF-8 of a text, as raw DEFLATE when it is long and that is at least an eighth smaller. */
export function compressText(text: string): Packed {
  const plain = Buffer.from(text, "utf8");
  if (plain.length <= MIN_BYTES) return { deflated: 0, data: plain };
  const packed =
    plain.length > LARGE_BYTES
      ? deflateRawSync(plain, LARGE_OPTIONS)
      : // Room for all of it: by default each call would take 16 kB.
        deflateRawSync(plain, { ...OPTIONS, chunkSize: plain.length });
  return packed.length <= plain.length * 0.875 ? { deflated: 1, data: packed } : { deflated: 0, data: plain };
}

/** The text again. Throws when the bytes are damaged. */
export function expandText(data: Uint8Array, deflated: number): string {
  const plain = deflated === 1 ? inflateRawSync(data) : data;
  return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength).toString("utf8");
}
