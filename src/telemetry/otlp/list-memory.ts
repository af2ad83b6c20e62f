import { crc32 } from "node:zlib";
import { LRUCache } from "lru-cache";
import { splitJsonArray } from "../../model/split-json-array.ts";
import type { TextList } from "../../model/text-list.ts";

/** Recognises texts that go on from texts that were seen before, by their bytes. */
export interface ListMemory {
  /**
   * The list whose text is `bytes` (UTF-8); undefined when it is none that is worth it: not an array of objects,
   * short, cut, or written in an unusual way.
   */
  read(bytes: Buffer): TextList | undefined;
}

/** Shorter texts cost less to read than to recognise. */
export const MIN_LIST_BYTES = 1_024;
/** A list is found by the hash of its beginning up to a multiple of this. */
const STEP = 512;
/** Calls of one request follow each other: the last histories are tried before any hash is made. */
const RECENT = 4;
const MAX_BYTES = 24_000_000;
/** What is worked out for a list (messages, hashes) takes about so many times its text. */
const WEIGHT = 3;

const OPEN = 91;
const CLOSE = 93;
const COMMA = 44;

/** The bytes of a list that grew, and the list after each growth. */
interface History {
  bytes: Buffer;
  /** The latest, which ends at `used`. */
  newest: TextList;
  used: number;
  /** Where the lists of it end in `bytes`, without their closing brackets. */
  readonly ends: WeakMap<TextList, number>;
  readonly keys: number[];
}

/**
 * `maxBytes` bounds the texts that are remembered and, roughly, what hangs on them. The hash only finds candidates:
 * bytes are compared, so that a collision costs time and nothing else.
 */
export function createListMemory(maxBytes = MAX_BYTES): ListMemory {
  const byBeginning = new Map<number, History>();
  const recent: History[] = [];
  const forget = (history: History): void => {
    for (const key of history.keys) if (byBeginning.get(key) === history) byBeginning.delete(key);
  };
  const histories = new LRUCache<History, number>({
    maxSize: maxBytes,
    sizeCalculation: (bytes) => bytes * WEIGHT,
    dispose: (_, history, reason) => (reason === "set" ? undefined : forget(history)),
  });

  /**
   * The history of the longest known beginning, by the beginnings' lengths: most texts add little to one that is
   * known, so that the search begins at the end. Beginnings of a known one are known themselves, unless they were
   * forgotten: then less is recognised.
   */
  const find = (bytes: Buffer): History | undefined => {
    let found: History | undefined;
    let high = Math.floor(bytes.length / STEP) + 1;
    let low = 0;
    for (let leap = 1; high - low > 1; leap *= 2) {
      const step = found ? (low + high) >> 1 : Math.max(1, high - leap);
      const history = byBeginning.get(keyOf(bytes, step));
      if (history) {
        found = history;
        low = step;
      } else high = step;
    }
    return found;
  };
  const use = (history: History): void => {
    if (recent[0] === history) return;
    const at = recent.indexOf(history);
    recent.splice(at < 0 ? RECENT - 1 : at, 1);
    recent.unshift(history);
  };
  const register = (history: History, from: number): void => {
    for (let step = Math.max(1, from); step * STEP <= history.used; step += 1) {
      const key = keyOf(history.bytes, step);
      byBeginning.set(key, history);
      history.keys.push(key);
    }
    histories.set(history, history.bytes.length);
    if (!histories.has(history)) forget(history);
  };

  return {
    read(bytes) {
      const end = bytes.length - 1;
      if (bytes.length < MIN_LIST_BYTES || bytes[0] !== OPEN || bytes[end] !== CLOSE) return undefined;
      const history = recent.find((one) => goesOn(one, bytes, end)) ?? find(bytes);
      if (history) use(history);
      const base = history ? newestIn(history, bytes, end) : null;
      const from = (base && history?.ends.get(base)) || 0;
      if (history && base && from === end) {
        histories.get(history);
        return base;
      }
      const list = goOn(base, bytes, from, end);
      if (!list || (end - from) * WEIGHT > maxBytes / 8) return list;
      const target =
        history && base ? continued(history, base, list, bytes, end) : newHistory(list, bytes, end);
      // A branch that is short would not be found beyond what it shares.
      use(target);
      register(target, Math.floor(from / STEP) + (target === history ? 1 : 0));
      return list;
    },
  };
}

const keyOf = (bytes: Buffer, step: number): number => step * 2 ** 32 + crc32(bytes.subarray(0, step * STEP));

/** Whether a text has all of a history. Nearly all that have not differ where it ends. */
function goesOn({ bytes: known, used }: History, bytes: Buffer, end: number): boolean {
  return (
    used <= end &&
    known[used - 2] === bytes[used - 2] &&
    (used === end || bytes[used] === COMMA) &&
    known.compare(bytes, 0, used, 0, used) === 0
  );
}

/** The longest list of a history that `bytes` goes on from or is. */
function newestIn(history: History, bytes: Buffer, end: number): TextList | null {
  const shared = sharedLength(history.bytes, Math.min(history.used, end), bytes);
  for (let list: TextList | null = history.newest; list; list = list.parent) {
    const at = history.ends.get(list) ?? 0;
    if (at <= shared && (bytes[at] === COMMA || at === end)) return list;
  }
  return null;
}

/** How many bytes from the start are the same, up to `max`. */
function sharedLength(a: Buffer, max: number, b: Buffer): number {
  if (a.compare(b, 0, max, 0, max) === 0) return max;
  let low = 0;
  let high = max;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (a.compare(b, low, middle, low, middle) === 0) low = middle;
    else high = middle;
  }
  return low;
}

function goOn(base: TextList | null, bytes: Buffer, from: number, end: number): TextList | undefined {
  const tail = bytes.toString("utf8", from, end);
  const state = base && { open: "[", separator: base.separator, count: base.count, end: 0 };
  const split = splitJsonArray(`${tail}]`, state ?? undefined);
  if (split?.open !== "[" || split.close !== "]") return undefined;
  const { separator, count, bounds } = split;
  if (separator !== null && separator !== "," && separator !== ", ") return undefined;
  const added: string[] = [];
  for (let i = 0; i < bounds.length; i += 2) {
    const element = tail.slice(bounds[i], bounds[i + 1]);
    if (element[0] !== "{" || element.at(-1) !== "}") return undefined;
    added.push(element);
  }
  const body = base ? base.body + tail : tail;
  return { parent: base, body, tail, added: added.slice(), count, separator };
}

function newHistory(list: TextList, bytes: Buffer, end: number): History {
  const copy = Buffer.allocUnsafeSlow(end);
  bytes.copy(copy, 0, 0, end);
  return { bytes: copy, newest: list, used: end, ends: new WeakMap([[list, end]]), keys: [] };
}

/** The history with `list` after `base`; where another list came after it already, a new one from there. */
function continued(history: History, base: TextList, list: TextList, bytes: Buffer, end: number): History {
  if (base === history.newest) {
    append(history, list, bytes, end);
    return history;
  }
  const branch = newHistory(list, bytes, end);
  for (let shared: TextList | null = base; shared; shared = shared.parent)
    branch.ends.set(shared, history.ends.get(shared) ?? 0);
  return branch;
}

function append(history: History, list: TextList, bytes: Buffer, end: number): void {
  if (end > history.bytes.length) {
    const larger = Buffer.allocUnsafeSlow(Math.ceil(end * 1.5));
    history.bytes.copy(larger, 0, 0, history.used);
    history.bytes = larger;
  }
  bytes.copy(history.bytes, history.used, history.used, end);
  history.used = end;
  history.newest = list;
  history.ends.set(list, end);
}
