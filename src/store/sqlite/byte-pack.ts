import { putHash } from "./encode-memory.ts";

export interface BytePack {
  /** Bytes written so far. */
  readonly size: number;
  /** Writes a hash of encode-memory.ts; answers where. */
  hash(hash: string): number;
  bytes(data: Uint8Array): number;
  /** What was written, in a buffer of its own that may be transferred to another thread; the pack is then empty. */
  take(): Uint8Array<ArrayBuffer>;
}

/** Many small values in one buffer: a thread is handed one object instead of thousands. */
export function createBytePack(initial = 65_536): BytePack {
  let buffer = Buffer.from(new ArrayBuffer(initial));
  let size = 0;
  const reserve = (length: number): number => {
    if (size + length > buffer.length) {
      const larger = Buffer.from(new ArrayBuffer(Math.max(buffer.length * 2, size + length)));
      larger.set(buffer.subarray(0, size));
      buffer = larger;
    }
    const at = size;
    size += length;
    return at;
  };
  return {
    get size() {
      return size;
    },
    hash(hash) {
      const at = reserve(hash.length);
      putHash(hash, buffer, at);
      return at;
    },
    bytes(data) {
      const at = reserve(data.length);
      buffer.set(data, at);
      return at;
    },
    take() {
      const taken = new Uint8Array(size);
      taken.set(buffer.subarray(0, size));
      size = 0;
      if (buffer.length > 16 * initial) buffer = Buffer.from(new ArrayBuffer(initial));
      return taken;
    },
  };
}
