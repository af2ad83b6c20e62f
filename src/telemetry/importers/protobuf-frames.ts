const MAX_FRAME = 256 << 20;
const REQUEST_TAG = 0x0a;
const LENGTH_DELIMITED = 2;

/**
 * The requests of a protobuf file: one that fills the file, or frames. Null stands for bytes that cannot be
 * framed; nothing after them can be read.
 */
export async function* readFrames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer | null> {
  const iterator = chunks[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  let ended = false;
  const fill = async (length: number): Promise<boolean> => {
    const parts = [held];
    let size = held.length;
    while (size < length && !ended) {
      const next = await iterator.next();
      if (next.done) ended = true;
      else {
        parts.push(next.value);
        size += next.value.length;
      }
    }
    held = parts.length === 1 ? held : Buffer.concat(parts);
    return held.length >= length;
  };

  if (!(await fill(1))) return;
  await fill(16);
  if (held[0] === REQUEST_TAG && (await isWholeRequest(fill, () => held))) {
    yield* wholeRequest(fill, () => held);
    return;
  }
  const framing = detectFraming(held);
  while (await fill(1)) {
    await fill(8);
    const prefix = framing(held);
    if (prefix === null || prefix.length > MAX_FRAME || !(await fill(prefix.size + prefix.length))) {
      yield null;
      return;
    }
    yield held.subarray(prefix.size, prefix.size + prefix.length);
    held = held.subarray(prefix.size + prefix.length);
  }
}

type Fill = (length: number) => Promise<boolean>;

/** A file that begins with a request's tag is one request when its second field begins with the same tag, or it ends. */
async function isWholeRequest(fill: Fill, held: () => Buffer): Promise<boolean> {
  const length = varint(held(), 1);
  if (length === null) return false;
  const end = length.end + length.value;
  if (!(await fill(end + 1))) return held().length === end;
  return held()[end] === REQUEST_TAG;
}

/** The fields of one request that fills the file, each a request of its own so that memory stays bounded. */
async function* wholeRequest(fill: Fill, held: () => Buffer): AsyncGenerator<Buffer | null> {
  let at = 0;
  while (await fill(at + 1)) {
    await fill(at + 12);
    const tag = held()[at] ?? 0;
    const length = varint(held(), at + 1);
    if ((tag & 7) !== LENGTH_DELIMITED || length === null || length.value > MAX_FRAME) {
      yield null;
      return;
    }
    const end = length.end + length.value;
    if (!(await fill(end))) {
      yield null;
      return;
    }
    if (tag === REQUEST_TAG) yield held().subarray(at, end);
    at = end;
  }
}

interface Prefix {
  /** Bytes of the length itself. */
  readonly size: number;
  readonly length: number;
}
type Framing = (held: Buffer) => Prefix | null;

const fourBytes: Framing = (held) => (held.length < 4 ? null : { size: 4, length: held.readUInt32BE(0) });

const varintPrefix: Framing = (held) => {
  const length = varint(held, 0);
  return length === null ? null : { size: length.end, length: length.value };
};

const detectFraming = (head: Buffer): Framing =>
  head[0] === 0 || (head[4] === REQUEST_TAG && head[varint(head, 0)?.end ?? 0] !== REQUEST_TAG)
    ? fourBytes
    : varintPrefix;

function varint(bytes: Buffer, from: number): { value: number; end: number } | null {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = bytes[from + index];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: from + index + 1 };
  }
  return null;
}
