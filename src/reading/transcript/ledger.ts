import type { ItemMark } from "./keys.ts";
import type { Draft, DraftTool, Origin, RowRole, Source } from "./rows.ts";

export interface NewRow {
  readonly role: RowRole;
  readonly text: Source | null;
  readonly key?: number | null;
  readonly tool?: DraftTool;
}

/** How far back an answer without an id may look for its call. */
const CALL_REACH = 64;

/** Rows of a turn that are looked through; a turn of an agent that works for hours has thousands. */
const TURN_REACH = 400;

/** The rows so far, and the ways to find one again. */
export function createRowList() {
  const rows: Draft[] = [];
  const byKey = new Map<number, Draft[]>();
  const byCallId = new Map<string, Draft>();
  let turnStart = 0;
  let last = 0;

  const remember = (row: Draft): void => {
    for (const key of [row.key, row.tool?.callKey ?? null, row.tool?.resultKey ?? null])
      if (key !== null) byKey.set(key, [...(byKey.get(key) ?? []), row].slice(-CALL_REACH));
    if (row.tool?.callId) byCallId.set(row.tool.callId, row);
  };
  const make = (origin: Origin, row: NewRow, order: number): Draft => ({
    turn: origin.turn,
    role: row.role,
    order,
    text: row.text,
    tool: row.tool ?? null,
    agent: origin.agent,
    traceId: origin.traceId,
    spanId: origin.spanId,
    startUs: origin.startUs,
    key: row.key ?? null,
  });

  return {
    all: (): readonly Draft[] => rows,
    count: () => rows.length,
    /** Rows of the present turn, of a long one the last. */
    currentTurn: (): Draft[] => rows.slice(Math.max(turnStart, rows.length - TURN_REACH)),
    firstOfTurn: (): Draft | undefined => rows[turnStart],
    isInTurn: (row: Draft): boolean => row.order >= (rows[turnStart]?.order ?? Number.POSITIVE_INFINITY),
    startTurn(): void {
      turnStart = rows.length;
    },
    append(origin: Origin, row: NewRow): Draft {
      last += 1;
      const draft = make(origin, row, last);
      rows.push(draft);
      remember(draft);
      return draft;
    },
    /** Puts a row right before another, where it would have stood had it been known then. */
    insertBefore(next: Draft, origin: Origin, row: NewRow): Draft {
      const at = rows.indexOf(next);
      const before = rows[at - 1]?.order ?? next.order - 1;
      const draft = { ...make(origin, row, (before + next.order) / 2), turn: next.turn };
      rows.splice(Math.max(0, at), 0, draft);
      if (at < turnStart) turnStart += 1;
      remember(draft);
      return draft;
    },
    /** The first row of this key after `order`. */
    findAfter: (key: number, order: number): Draft | undefined =>
      byKey.get(key)?.find((row) => row.order > order),
    knows: (key: number): boolean => byKey.has(key),
    /** The row at that index or later that says this. */
    findSince(key: number, index: number): Draft | undefined {
      const since = rows[index];
      return since && byKey.get(key)?.findLast((row) => row.order >= since.order);
    },
    inThisTurn(key: number): Draft | undefined {
      const first = rows[turnStart];
      return first && byKey.get(key)?.find((row) => row.order >= first.order);
    },
    /** The latest call of that id, else the earliest call without an answer, of that name where one is given. */
    callFor(mark: ItemMark): Draft | undefined {
      const byId = mark.callId ? byCallId.get(mark.callId) : undefined;
      if (byId || mark.callId) return byId;
      return rows
        .slice(-CALL_REACH)
        .find((row) => row.tool && !row.tool.answered && (mark.name === null || row.tool.name === mark.name));
    },
    callById: (id: string): Draft | undefined => byCallId.get(id),
    setCall(row: Draft, key: number | null, callId: string | null): void {
      if (row.tool && row.tool.callKey === null) row.tool.callKey = key;
      if (row.tool && callId !== null && row.tool.callId === null) row.tool.callId = callId;
      if (callId !== null) byCallId.set(callId, row);
    },
    /** Gives a call its answer; the first one stays, since its own span is the better witness. */
    answer(row: Draft, result: Source | null, key: number | null, isError: boolean): void {
      if (!row.tool) return;
      if (!row.tool.answered) {
        row.tool.answered = true;
        row.tool.isError ||= isError;
        row.text = result;
        row.tool.resultKey = key;
      }
      if (key !== null) byKey.set(key, [...(byKey.get(key) ?? []), row].slice(-CALL_REACH));
    },
  };
}

export type RowList = ReturnType<typeof createRowList>;
