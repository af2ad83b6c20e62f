/** Keeps the last bytes of a stream, however much comes. */
export function createTail(maxBytes: number): { add(chunk: Buffer): void; text(): string } {
  let kept = Buffer.alloc(0);
  return {
    add(chunk) {
      const all = chunk.length >= maxBytes ? chunk : Buffer.concat([kept, chunk]);
      kept = Buffer.from(all.subarray(Math.max(0, all.length - maxBytes)));
    },
    /** Without the rest of a character that was cut at the beginning. */
    text() {
      let start = 0;
      while (start < 4 && ((kept[start] ?? 0) & 0xc0) === 0x80) start += 1;
      return kept.subarray(start).toString("utf8").trim();
    },
  };
}
