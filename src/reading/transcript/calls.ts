import type { ItemMark } from "./keys.ts";
import type { NewRow, RowList } from "./ledger.ts";
import type { Draft, DraftTool, Origin, Source } from "./rows.ts";
import type { Continuation, createThreads, Thread } from "./thread.ts";

/** An item with the place that its text is read from. */
export interface Placed {
  readonly mark: ItemMark;
  readonly source: Source;
}

export interface ModelCall {
  readonly origin: Origin;
  readonly parentSpanId: string | null;
  readonly window: readonly Placed[];
  readonly outputs: readonly Placed[];
}

type Threads = ReturnType<typeof createThreads>;

const isUserText = ({ mark }: Placed): boolean => mark.type === "text" && mark.role === "user";

function rowOf({ mark, source }: Placed): NewRow {
  if (mark.type === "compaction") return { role: "history", text: source, key: mark.key };
  if (mark.type === "text") {
    const role = mark.role === "assistant" ? "assistant" : mark.role === "user" ? "user" : "history";
    return { role, text: source, key: mark.key };
  }
  const isCall = mark.type === "call";
  const tool: DraftTool = {
    name: mark.name ?? "unknown",
    callId: mark.callId,
    arguments: isCall ? source : null,
    answered: !isCall,
    isError: mark.isError,
    durationUs: null,
    hasSpan: false,
    callKey: isCall ? mark.key : null,
    resultKey: isCall ? null : mark.key,
  };
  return { role: "tool", text: isCall ? null : source, tool };
}

/** Answers the call that a result belongs to; false where no call is known. */
function settleResult(rows: RowList, { mark, source }: Placed): Draft | null {
  const row = rows.callFor(mark);
  if (!row) return rows.inThisTurn(mark.key) ?? null;
  rows.answer(row, source, mark.key, mark.isError);
  return row;
}

/** The row of the thread's own outputs that an item of history repeats, word for word or put differently. */
function echoed(thread: Thread, { mark }: Placed, userSpoke: boolean): Draft | null {
  const free = thread.tail.filter((item) => !item.used);
  const sameId = (id: string | null) => mark.type === "call" && id !== null && id === mark.callId;
  const hit =
    free.find((item) => item.mark.key === mark.key) ??
    free.find((item) => item.mark.type === "call" && sameId(item.mark.callId)) ??
    (mark.type === "text" && mark.role === "assistant" && !userSpoke
      ? free.find((item) => item.mark.type === "text")
      : undefined) ??
    (mark.type === "result" && mark.callId === null
      ? free.find(
          (item) => item.mark.type === "result" && (mark.name === null || item.mark.name === mark.name),
        )
      : undefined);
  if (!hit) return null;
  hit.used = true;
  return hit.row;
}

/** A call in history or output that a tool span of this turn has already shown. */
function joinedCall(rows: RowList, { mark }: Placed): Draft | null {
  if (mark.type !== "call") return null;
  const known = mark.callId === null ? undefined : rows.callById(mark.callId);
  const row =
    (known && rows.isInTurn(known) ? known : undefined) ??
    rows.currentTurn().find((each) => each.tool?.callKey === mark.key && each.tool.callId === null);
  if (!row || row.tool?.arguments?.from === "item") return null;
  rows.setCall(row, mark.key, mark.callId);
  return row;
}

/** Rows for what follows the known part of a window. */
function takeRest(
  rows: RowList,
  thread: Thread,
  rest: readonly Placed[],
  origin: Origin,
  shared: boolean,
): void {
  let userSpoke = false;
  for (const item of rest) {
    const { mark } = item;
    const byOthers = () =>
      shared && mark.type === "text" ? rows.findSince(mark.key, thread.rowsSeen) : undefined;
    const row =
      echoed(thread, item, userSpoke) ??
      (mark.type === "result" ? settleResult(rows, item) : joinedCall(rows, item)) ??
      byOthers() ??
      rows.append(origin, rowOf(item));
    if (isUserText(item)) userSpoke = true;
    thread.first ??= row;
  }
}

/** Items before the known part: an earlier greeting where all of the old window follows, else replaced history. */
function takeBeginning(rows: RowList, found: Continuation, window: readonly Placed[], origin: Origin): void {
  const { thread } = found;
  const wholeFollows = found.run >= thread.window.length && thread.window.length > 0;
  for (const item of window.slice(0, found.start)) {
    const { mark } = item;
    if (rows.knows(mark.key) || (mark.type !== "text" && mark.type !== "compaction")) continue;
    if (wholeFollows && thread.first && mark.type === "text")
      rows.insertBefore(thread.first, origin, rowOf(item));
    else rows.append(origin, { ...rowOf(item), role: "history" });
  }
}

/**
 * A window that continues nothing known: history that other agents' rows already show is passed over in order; the
 * user's words at its end are the present turn's, so that only this turn's rows can be the same.
 */
function takeNew(rows: RowList, thread: Thread, window: readonly Placed[], origin: Origin): void {
  const present = window.findLastIndex((item) => !isUserText(item)) + 1;
  let order = Number.NEGATIVE_INFINITY;
  window.forEach((item, index) => {
    const { mark } = item;
    const open = mark.type === "result" && rows.callFor(mark)?.tool?.answered === false;
    const known = open
      ? undefined
      : index >= present
        ? rows.inThisTurn(mark.key)
        : (rows.findAfter(mark.key, order) ?? undefined);
    if (known) order = known.order;
    const row =
      known ??
      (mark.type === "result" ? settleResult(rows, item) : joinedCall(rows, item)) ??
      rows.append(origin, rowOf(item));
    thread.first ??= row;
  });
}

function takeOutputs(rows: RowList, call: ModelCall): Thread["tail"] {
  return call.outputs.map((item) => {
    const row =
      (item.mark.type === "result" ? settleResult(rows, item) : joinedCall(rows, item)) ??
      rows.append(call.origin, rowOf(item));
    return { mark: item.mark, row, used: false };
  });
}

/** Stops at the first that differs: the tail of an agent that is sent one window again and again grows without end. */
function sameOutputs(thread: Thread, { outputs }: ModelCall): boolean {
  let seen = 0;
  for (const { mark } of thread.tail) {
    if (mark.type === "result") continue;
    if (mark.key !== outputs[seen]?.mark.key) return false;
    seen += 1;
  }
  return seen > 0 && seen === outputs.length;
}

const newThread = (window: readonly number[], call: Thread["call"]): Thread => ({
  window,
  tail: [],
  call,
  answered: new Set(),
  first: null,
  rowsSeen: 0,
});

/** Brings one model call into the transcript: what its window adds, then its outputs. */
export function takeCall(rows: RowList, threads: Threads, call: ModelCall): void {
  const window = call.window.map((item) => item.mark.key);
  const marks = call.window.map((item) => item.mark);
  const place = { traceId: call.origin.traceId, parentSpanId: call.parentSpanId };
  const found = window.length === 0 ? null : threads.find(window, marks, place);
  const thread = found?.thread ?? newThread(window, place);
  if (!found) takeNew(rows, thread, call.window, call.origin);
  else if (found.repeated) {
    for (const item of call.window) if (item.mark.type === "result") settleResult(rows, item);
  } else {
    takeBeginning(rows, found, call.window, call.origin);
    if (found.afterTail) for (const item of thread.tail) item.used = true;
    takeRest(rows, thread, call.window.slice(found.known), call.origin, true);
  }
  // Two instrumentations of one call tell it twice, word for word.
  const sameAgain = found?.repeated === true && sameOutputs(thread, call);
  if (!sameAgain) {
    const outputs = takeOutputs(rows, call);
    if (found?.repeated) thread.tail.push(...outputs);
    else thread.tail = outputs;
  }
  thread.window = window;
  thread.call = place;
  thread.answered = new Set(marks.flatMap((mark) => (mark.type === "result" && mark.callId) || []));
  thread.rowsSeen = rows.count();
  threads.use(thread);
}
