import type { Database } from "better-sqlite3";
import { AppError } from "../../errors.ts";
import { insertOperations } from "./insert.ts";
import { rollupOperations } from "./rollup-operations.ts";
import type { ThreadReply, ThreadRequest } from "./thread-protocol.ts";
import { type PackedInsert, unpackInsert } from "./wire-pack.ts";

interface Answers {
  reply(message: ThreadReply): void;
  fail(id: number, error: unknown): void;
}

/** One transaction takes what is queued, up to this. */
const GROUP_BYTES = 16 * 1024 * 1024;
/** Roll-ups begin when no insert came for QUIET_MS; while they keep coming, a slice each LATE_MS. */
const QUIET_MS = 150;
const LATE_MS = 1000;
/** Inserts wait for a roll-up no longer than this. */
const SLICE_MS = 50;
/** Slices after which settling goes on without letting inserts in between. */
const MAX_SLICES = 200;

/**
 * Orders what the writing thread does: inserts first, many in one transaction; roll-ups in slices when it is quiet.
 */
export function createWriteLoop(db: Database, { reply, fail }: Answers) {
  const { insertAll } = insertOperations(db);
  const rollups = rollupOperations(db);
  const queue: { id: number; insert: PackedInsert }[] = [];
  const waiting: number[] = [];
  let turn: NodeJS.Immediate | undefined;
  let timer: NodeJS.Timeout | undefined;
  let dirty = false;
  let rolledUpAt = performance.now();
  let pauseMs = QUIET_MS;
  let slices = 0;

  const takeGroup = (): { id: number; insert: PackedInsert }[] => {
    let bytes = 0;
    let count = 0;
    while (count < queue.length && bytes < GROUP_BYTES) bytes += queue[count++]?.insert.bytes.length ?? 0;
    return queue.splice(0, count);
  };
  const writeGroup = (): void => {
    const group = takeGroup();
    const replies = insertAll(group.map((item) => unpackInsert(item.insert)));
    group.forEach(({ id }, i) => {
      const answer = replies[i];
      if (answer instanceof AppError) fail(id, answer);
      else reply({ id, ok: true, value: answer });
    });
    dirty = true;
  };
  const slice = (): { remaining: number; full: boolean } => {
    const begun = performance.now();
    const { remaining } = rollups.settleSome(SLICE_MS);
    rolledUpAt = performance.now();
    dirty = remaining > 0;
    return { remaining, full: rolledUpAt - begun >= SLICE_MS };
  };
  const settleWaiting = (): void => {
    try {
      const { remaining, full } = slice();
      if (remaining > 0 && full && ++slices < MAX_SLICES) return;
      // Large traces that still grow are left out of slices; whoever waits must see them too.
      if (remaining > 0) rollups.settle();
      dirty = false;
      for (const id of waiting.splice(0)) reply({ id, ok: true, value: null });
    } catch (error) {
      for (const id of waiting.splice(0)) fail(id, error);
    }
    slices = 0;
  };
  const settleInBackground = (): void => {
    try {
      const { remaining, full } = slice();
      pauseMs = remaining > 0 && full ? 0 : QUIET_MS;
    } catch {
      // Busy or full: the marks are still there, and whoever reads settles again and is told.
      dirty = true;
      pauseMs = LATE_MS;
    }
  };
  const schedule = (): void => {
    clearTimeout(timer);
    if (queue.length > 0 || waiting.length > 0) turn ??= setImmediate(run);
    else if (dirty) timer = setTimeout(runBackground, pauseMs);
  };
  const runBackground = (): void => {
    settleInBackground();
    schedule();
  };
  const run = (): void => {
    turn = undefined;
    if (queue.length > 0) writeGroup();
    if (waiting.length > 0) settleWaiting();
    else if (dirty && performance.now() - rolledUpAt > LATE_MS) settleInBackground();
    else pauseMs = QUIET_MS;
    schedule();
  };

  // A killed process may have left marks behind.
  dirty = rollups.isDirty();
  schedule();

  return {
    insert({ id, args: [insert] }: ThreadRequest): void {
      if (insert) queue.push({ id, insert });
      schedule();
    },
    settle({ id }: ThreadRequest): void {
      waiting.push(id);
      schedule();
    },
    /** Writes what is queued; roll-ups that are left are marked in the file and done by whoever comes next. */
    finish(): void {
      clearImmediate(turn);
      while (queue.length > 0) writeGroup();
      if (waiting.length > 0) {
        slices = MAX_SLICES;
        settleWaiting();
      }
      clearTimeout(timer);
    },
  };
}
