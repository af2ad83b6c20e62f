import { HEAD_COLUMNS, NUMBER_COLUMNS } from "./span-columns.ts";
import type {
  Cell,
  EncodedBatch,
  EncodedChain,
  EncodedContent,
  EncodedInsert,
  EncodedOccurrence,
  EncodedSpan,
} from "./wire.ts";

/**
 * An insert as it is posted to the writing thread: objects by the thousand take longer to clone than to store, so that
 * their numbers go as one array and their texts, each but once, as another.
 */
export interface PackedInsert extends Pick<EncodedInsert, "epoch" | "generation" | "bytes"> {
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly texts: readonly string[];
  readonly batches: readonly Omit<EncodedBatch, "contents" | "chains" | "spans">[];
}

const PARTS = ["message", "input", "output"] as const satisfies readonly EncodedOccurrence["part"][];
const isNumber = HEAD_COLUMNS.map((column) => NUMBER_COLUMNS.has(column));

/** Takes numbers in order; -1 stands for no text and NaN for no number. */
function createPacker() {
  let numbers = new Float64Array(4_096);
  let size = 0;
  const texts: string[] = [];
  const places = new Map<string, number>();
  const number = (value: number | null): void => {
    if (size === numbers.length) {
      const larger = new Float64Array(2 * size);
      larger.set(numbers);
      numbers = larger;
    }
    numbers[size++] = value ?? Number.NaN;
  };
  return {
    number,
    text(value: string | null): void {
      let place = value === null ? -1 : places.get(value);
      if (value !== null && place === undefined) {
        place = texts.push(value) - 1;
        places.set(value, place);
      }
      number(place ?? -1);
    },
    /** A text that will hardly come again. */
    ownText: (value: string | null): void => number(value === null ? -1 : texts.push(value) - 1),
    taken: () => ({ numbers: numbers.slice(0, size), texts }),
  };
}
type Packer = ReturnType<typeof createPacker>;

/** The other direction: `unpackInsert` of it is the insert again. Its buffers may be transferred. */
export function packInsert({ epoch, generation, bytes, batches }: EncodedInsert): PackedInsert {
  const packer = createPacker();
  const rest = batches.map(({ contents, chains, spans, ...others }) => {
    packer.number(contents.length);
    for (const content of contents) packContent(content, packer);
    packer.number(chains.length);
    for (const chain of chains) packChain(chain, packer);
    packer.number(spans.length);
    for (const span of spans) packSpan(span, packer);
    return others;
  });
  return { epoch, generation, bytes, ...packer.taken(), batches: rest };
}

function packContent(content: EncodedContent, { number, ownText }: Packer): void {
  number(content.hashAt);
  number(content.chars);
  number(content.deflated);
  number(content.dataAt);
  number(content.dataLength);
  ownText(content.text);
}

function packChain(chain: EncodedChain, { number }: Packer): void {
  number(chain.hashAt);
  number(chain.parent);
  number(chain.content);
  number(chain.length);
}

function packSpan(span: EncodedSpan, { number, text, ownText }: Packer): void {
  text(span.traceId);
  ownText(span.spanId);
  text(span.parentSpanId);
  text(span.scopeSession);
  number(span.stub ? 1 : 0);
  span.head.forEach((cell, i) => {
    if (isNumber[i]) number(typeof cell === "number" ? cell : null);
    else text(typeof cell === "string" ? cell : null);
  });
  number(span.content.length);
  for (const ref of span.content) number(ref);
  number(span.occurrences.length);
  for (const { content, part, role, direction, position } of span.occurrences) {
    number(content);
    number(PARTS.indexOf(part));
    text(role);
    number(direction === "in" ? 0 : 1);
    number(position);
  }
  number(span.resource);
  number(span.hasSource ? 1 : 0);
  number(span.sourceDeflated);
  number(span.sourceAt);
  number(span.sourceLength);
  number(span.sourceChains.length);
  for (const ref of span.sourceChains) number(ref);
}

interface Unpacker {
  number(): number;
  text(): string | null;
}

/** What `packInsert` packed. Throws RangeError for anything else. */
export function unpackInsert({
  epoch,
  generation,
  bytes,
  numbers,
  texts,
  batches,
}: PackedInsert): EncodedInsert {
  let at = 0;
  const number = (): number => {
    const value = numbers[at++];
    if (value === undefined) throw new RangeError("a packed insert ends early");
    return value;
  };
  const text = (): string | null => texts[number()] ?? null;
  const from: Unpacker = { number, text };
  return {
    epoch,
    generation,
    bytes,
    batches: batches.map((rest) => ({
      contents: list(number(), () => unpackContent(from)),
      chains: list(number(), () => unpackChain(from)),
      spans: list(number(), () => unpackSpan(from)),
      ...rest,
    })),
  };
}

function list<Item>(length: number, next: (index: number) => Item): Item[] {
  const items: Item[] = [];
  for (let i = 0; i < length; i++) items.push(next(i));
  return items;
}

const bit = (value: number): 0 | 1 => (value === 1 ? 1 : 0);

const unpackContent = ({ number, text }: Unpacker): EncodedContent => ({
  hashAt: number(),
  chars: number(),
  deflated: bit(number()),
  dataAt: number(),
  dataLength: number(),
  text: text(),
});

const unpackChain = ({ number }: Unpacker): EncodedChain => ({
  hashAt: number(),
  parent: number(),
  content: number(),
  length: number(),
});

const unpackOccurrence = ({ number, text }: Unpacker): EncodedOccurrence => ({
  content: number(),
  part: PARTS[number()] ?? "message",
  role: text(),
  direction: number() === 0 ? "in" : "out",
  position: number(),
});

function unpackCell(column: number, { number, text }: Unpacker): Cell {
  if (!isNumber[column]) return text();
  const value = number();
  return Number.isNaN(value) ? null : value;
}

const unpackSpan = (from: Unpacker): EncodedSpan => ({
  traceId: from.text() ?? "",
  spanId: from.text() ?? "",
  parentSpanId: from.text(),
  scopeSession: from.text(),
  stub: from.number() === 1,
  head: list(HEAD_COLUMNS.length, (column) => unpackCell(column, from)),
  content: list(from.number(), from.number),
  occurrences: list(from.number(), () => unpackOccurrence(from)),
  resource: from.number(),
  hasSource: from.number() === 1,
  sourceDeflated: bit(from.number()),
  sourceAt: from.number(),
  sourceLength: from.number(),
  sourceChains: list(from.number(), from.number),
});
