import { beginsWith, findAnchor } from "./anchor.ts";
import type { ItemMark } from "./keys.ts";
import type { Draft } from "./rows.ts";

/** One agent's view of the conversation: what it was last sent, and what was said and done since. */
export interface Thread {
  window: readonly number[];
  tail: TailItem[];
  call: CallPlace;
  /** Ids of the calls that results in the window answer. */
  answered: ReadonlySet<string>;
  /** The row of the first item of the window, before which an earlier greeting belongs. */
  first: Draft | null;
  /** Rows that exist since are by others. */
  rowsSeen: number;
}

/** Where a model call stands. */
export interface CallPlace {
  readonly traceId: string;
  readonly parentSpanId: string | null;
}

export interface TailItem {
  readonly mark: ItemMark;
  readonly row: Draft;
  used: boolean;
}

export interface Continuation {
  readonly thread: Thread;
  readonly start: number;
  readonly known: number;
  readonly run: number;
  readonly repeated: boolean;
  readonly afterTail: boolean;
}

/** Views kept at a time: more are only seen where separate model calls share a session. */
const MAX_THREADS = 8;

/**
 * The same window again: the call was tried again. But a window that holds no word of the agent's own may be new
 * words or results that only equal the last: the user's are a retry right where the first call stood or when that
 * one got no answer, results when they answer the same calls.
 */
function isRepeat(
  thread: Thread,
  window: readonly number[],
  marks: readonly ItemMark[],
  call: CallPlace,
): boolean {
  if (thread.window.length !== window.length || !beginsWith(window, thread.window)) return false;
  const sameTrace = thread.call.traceId === call.traceId;
  if (!marks.some((mark) => mark.type === "call" || mark.role === "assistant")) {
    const results = marks.filter((mark) => mark.type === "result");
    if (results.length > 0)
      return sameTrace && results.every(({ callId }) => callId !== null && thread.answered.has(callId));
    const isPlace = sameTrace && thread.call.parentSpanId === call.parentSpanId;
    return isPlace || !thread.tail.some(({ mark }) => mark.type !== "result");
  }
  if (!thread.tail.some(({ mark }) => mark.type !== "result")) return true;
  return sameTrace || findAnchor(thread.window, tailKeys(thread), window)?.afterTail !== true;
}

const tailKeys = (thread: Thread): number[] => thread.tail.map((item) => item.mark.key);

function continuationOf(
  thread: Thread,
  window: readonly number[],
  marks: readonly ItemMark[],
  call: CallPlace,
): Continuation | null {
  if (isRepeat(thread, window, marks, call)) {
    const all = window.length;
    return { thread, start: 0, known: all, run: all, repeated: true, afterTail: false };
  }
  const isSame = thread.window.length === window.length && beginsWith(window, thread.window);
  const anchor = isSame
    ? findAnchor([], [...thread.window, ...tailKeys(thread)], window)
    : findAnchor(thread.window, tailKeys(thread), window);
  return anchor && { thread, repeated: false, ...anchor };
}

/** The views of a session, the latest first. */
export function createThreads() {
  let threads: Thread[] = [];
  return {
    latest: (): Thread | undefined => threads[0],
    /** The view that the window continues by the longest run; null: a new one. */
    find(window: readonly number[], marks: readonly ItemMark[], call: CallPlace): Continuation | null {
      let found: Continuation | null = null;
      for (const thread of threads) {
        const continuation = continuationOf(thread, window, marks, call);
        if (continuation && continuation.run > (found?.run ?? 0)) found = continuation;
      }
      return found;
    },
    use(thread: Thread): void {
      threads = [thread, ...threads.filter((other) => other !== thread)].slice(0, MAX_THREADS);
    },
  };
}
