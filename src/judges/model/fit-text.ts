/** A text or a list of texts after shortening. Characters are UTF-16 units. */
export interface Shortened {
  readonly text: string;
  /** Characters of the whole that are not in `text`; its markers are none of them. */
  readonly cut: number;
}

/** What stands where something was left out. */
export type Marker = (chars: number, entries?: number) => string;

const headOf = (text: string, chars: number): string => text.slice(0, chars).replace(/[\uD800-\uDBFF]$/, "");

const tailOf = (text: string, chars: number): string =>
  chars === 0 ? "" : text.slice(-chars).replace(/^[\uDC00-\uDFFF]/, "");

/** Beginning and end of a text around a marker, together at most `max` characters (the marker alone may be longer). */
export function cutMiddle(text: string, max: number, marker: Marker): Shortened {
  if (text.length <= max) return { text, cut: 0 };
  const room = Math.max(0, max - marker(text.length).length - 2);
  const head = headOf(text, Math.ceil(room / 2));
  const tail = tailOf(text, Math.floor(room / 2));
  const cut = text.length - head.length - tail.length;
  const parts = [head, marker(cut), tail].filter((part) => part !== "");
  return { text: parts.join("\n"), cut };
}

/**
 * How much of `budget` each gets: its share by weight, what it does not need flowing on to the others. Together at
 * most `budget`; all whole when they fit.
 */
export function allot(
  wanted: readonly { readonly size: number; readonly weight: number }[],
  budget: number,
): readonly number[] {
  const given = wanted.map(() => 0);
  let open = wanted.map((want, i) => ({ ...want, i }));
  let left = Math.max(0, budget);
  while (open.length > 0) {
    const total = open.reduce((sum, { weight }) => sum + weight, 0);
    const content = open.filter(({ size, weight }) => size <= (left * weight) / total);
    for (const { size, i } of content) given[i] = size;
    if (content.length === 0) {
      for (const { weight, i } of open) given[i] = Math.floor((left * weight) / total);
      break;
    }
    left -= content.reduce((sum, { size }) => sum + size, 0);
    open = open.filter((want) => !content.includes(want));
  }
  return given;
}

/** An entry is not shortened below this: rather, entries in the middle are left out. */
const LEAST_ENTRY = 240;

/** Entries after shortening, their markers among them. */
export interface ShortenedBlocks {
  readonly blocks: readonly string[];
  readonly cut: number;
}

/** First and last entries around a marker, each shortened to LEAST_ENTRY. The last ones matter most and come first. */
function dropMiddle(blocks: readonly string[], max: number, marker: Marker): ShortenedBlocks {
  const whole = blocks.reduce((sum, block) => sum + block.length, 0);
  let room = max - marker(whole, blocks.length).length - 1;
  const head: Shortened[] = [];
  const tail: Shortened[] = [];
  while (head.length + tail.length < blocks.length) {
    const atEnd = tail.length <= head.length;
    const block = blocks[atEnd ? blocks.length - 1 - tail.length : head.length] ?? "";
    const short = cutMiddle(block, LEAST_ENTRY, marker);
    if (short.text.length + 1 > room) break;
    room -= short.text.length + 1;
    if (atEnd) tail.unshift(short);
    else head.push(short);
  }
  const shown = [...head, ...tail];
  const dropped = blocks.slice(head.length, blocks.length - tail.length);
  const missing = dropped.reduce((sum, block) => sum + block.length, 0);
  const gap = dropped.length > 0 ? [marker(missing, dropped.length)] : [];
  return {
    blocks: [...head.map(({ text }) => text), ...gap, ...tail.map(({ text }) => text)],
    cut: missing + shown.reduce((sum, { cut }) => sum + cut, 0),
  };
}

/**
 * Entries, one a line, in at most `max` characters: all whole if they fit; else long ones lose their middle; else
 * entries in the middle are left out. What is shown of the entries and `cut` add up to the entries' length.
 */
export function fitBlocks(blocks: readonly string[], max: number, marker: Marker): Shortened {
  const fitted = shortenBlocks(blocks, max, marker);
  return { text: fitted.blocks.join("\n"), cut: fitted.cut };
}

/** The same, the entries still apart. */
export function shortenBlocks(blocks: readonly string[], max: number, marker: Marker): ShortenedBlocks {
  const breaks = Math.max(0, blocks.length - 1);
  const whole = blocks.reduce((sum, block) => sum + block.length, 0) + breaks;
  if (whole <= max) return { blocks, cut: 0 };
  const [only] = blocks;
  if (only !== undefined && blocks.length === 1) {
    const short = cutMiddle(only, max, marker);
    return { blocks: [short.text], cut: short.cut };
  }
  const sizes = blocks.map((block) => ({ size: block.length, weight: 1 }));
  const allowed = allot(sizes, max - breaks);
  const level = Math.min(...allowed.filter((chars, i) => chars < (blocks[i]?.length ?? 0)));
  if (level < LEAST_ENTRY) return dropMiddle(blocks, max, marker);
  const fitted = blocks.map((block, i) => cutMiddle(block, allowed[i] ?? 0, marker));
  return {
    blocks: fitted.map(({ text }) => text),
    cut: fitted.reduce((sum, { cut }) => sum + cut, 0),
  };
}
