import type { Context } from "../../context.ts";
import { invalidInput, notFound } from "../../errors.ts";
import type { Answer, Omission } from "../../model/answer.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { TraceSummary } from "../../model/trace.ts";
import { budgetFor, sizeOf } from "../budget.ts";
import { openSession, openTrace } from "../sealed.ts";
import { tracesOf } from "../store-pages.ts";
import { align } from "./align.ts";
import { type Difference, type DiffPair, divergencesOf, pairsOf } from "./differing.ts";
import { readSteps, type Steps } from "./read-steps.ts";
import { differenceText } from "./step-text.ts";
import { deltasOf } from "./totals.ts";

export interface TraceDiffQuery {
  /** `A..B`: trace or session ids. */
  readonly id: string;
  readonly cursor?: string | undefined;
  readonly maxTokens?: number | undefined;
}

type Reading = Pick<Context, "store" | "project" | "log">;

interface Side {
  readonly id: string;
  readonly traces: readonly TraceSummary[];
  readonly level: "trace" | "session";
  /** Traces beyond what is compared. */
  readonly leftOut: number;
}

const MAX_TRACES = 2_000;
const HEX = /^[0-9a-f]{6,32}$/i;

async function sessionSide({ store, project }: Reading, id: string): Promise<Side> {
  const traces: TraceSummary[] = [];
  let leftOut = 0;
  for await (const trace of tracesOf(store.traces, project.id, id))
    if (traces.length < MAX_TRACES) traces.push(trace);
    else leftOut += 1;
  return { id, traces, level: "session", leftOut };
}

async function sideOf(context: Reading, id: string): Promise<Side | { readonly sealed: Answer }> {
  const trace = HEX.test(id) ? await openTrace(context, id) : undefined;
  if (trace)
    return "sealed" in trace
      ? trace
      : { id: trace.item.traceId, traces: [trace.item], level: "trace", leftOut: 0 };
  const session = await openSession(context, id);
  if (!session)
    throw notFound("trace or session", id, "search_traces lists both; a trace diff's id is A..B.");
  if ("sealed" in session) return session;
  return sessionSide(context, session.item.sessionId);
}

function idsOf(id: string): readonly [string, string] {
  const at = id.indexOf("..");
  const [a, b] = [id.slice(0, at), id.slice(at + 2)];
  if (at <= 0 || b === "")
    throw invalidInput("A trace diff's id is A..B: two trace or session ids", "E.g. 4bf92f35..9c01aa7e.");
  return [a, b];
}

const COUNTED: readonly Difference[] = ["same", "arguments", "result", "words", "added", "missing"];

const placeWords = ({ placeA, placeB, a, b, difference }: DiffPair): JsonObject => ({
  difference,
  ...(placeA === null ? {} : { stepOfFirst: placeA, turn: a?.turn ?? null }),
  ...(placeB === null ? {} : { stepOfSecond: placeB }),
  ...(placeA === null ? { turn: b?.turn ?? null } : {}),
});

function dataOf(
  sides: readonly [Side, Side],
  pairs: readonly DiffPair[],
  coarse: number,
  steps: readonly [Steps, Steps],
) {
  const { first, deed } = divergencesOf(pairs);
  const count = (difference: Difference) => pairs.filter((pair) => pair.difference === difference).length;
  return {
    level: sides[0].level,
    steps: { first: steps[0].steps.length, second: steps[1].steps.length },
    counts: Object.fromEntries(COUNTED.map((difference) => [difference, count(difference)])),
    firstDivergence: first ? placeWords(first) : "none: every step is the same",
    ...(deed && deed !== first ? { firstOtherDeed: placeWords(deed) } : {}),
    totals: deltasOf(sides[0].traces, sides[1].traces),
    ...(coarse > 0
      ? {
          coarse: `${coarse} steps stand in stretches too long to be aligned step by step; they are paired by their place.`,
        }
      : {}),
  };
}

function startOf(cursor: string | undefined, total: number): number {
  if (cursor === undefined) return 0;
  const from = Number(/^steps:(\d{1,9})$/.exec(cursor)?.[1] ?? Number.NaN);
  if (!(from < total))
    throw invalidInput("cursor is not one that this diff gave", "Leave it out to begin at the beginning.");
  return from;
}

const seconds = (us: number | null | undefined): number | null =>
  us == null ? null : Math.round(us / 1_000) / 1_000;

/** Time or tokens of both, where they are known and differ. */
function costCells({ a, b }: DiffPair): Json[] {
  const [timeA, timeB] = [seconds(a?.durationUs), seconds(b?.durationUs)];
  const time = timeA === null && timeB === null ? null : `${timeA ?? ""}>${timeB ?? ""}`;
  const tokens = a?.tokens == null && b?.tokens == null ? null : `${a?.tokens ?? ""}>${b?.tokens ?? ""}`;
  return [time, tokens];
}

async function rowOf(context: Reading, pair: DiffPair, same: number): Promise<Json[]> {
  const text = await differenceText(context.store.traces, context.project.id, pair);
  const { placeA, placeB, difference, a, b } = pair;
  return [placeA, placeB, difference, a?.label ?? b?.label ?? "", text, ...costCells(pair), same];
}

const COLUMNS = ["first", "second", "difference", "step", "what", "seconds", "tokens", "same before"];

/** Differing steps from `from` on that fit, each with how many equal ones stand before it. */
async function rowsWithin(context: Reading, pairs: readonly DiffPair[], from: number, budget: number) {
  const rows: Json[][] = [];
  let left = budget;
  let end = from;
  let same = 0;
  for (const [i, pair] of pairs.entries()) {
    if (i < from) continue;
    if (pair.difference === "same") same += 1;
    else {
      const row = await rowOf(context, pair, same);
      left -= sizeOf(row) + 1;
      if (left < 0 && rows.length > 0) return { rows, end };
      rows.push(row);
      same = 0;
    }
    end = i + 1;
  }
  return { rows, end };
}

function omissions(
  pairs: readonly DiffPair[],
  end: number,
  sides: readonly [Side, Side],
  steps: readonly [Steps, Steps],
): Omission[] {
  const traces = sides[0].leftOut + sides[1].leftOut;
  const left = pairs.slice(end).filter(({ difference }) => difference !== "same").length;
  const [out, unread] = [steps[0].leftOut + steps[1].leftOut, steps[0].unread + steps[1].unread];
  return [
    ...(left > 0
      ? [{ kind: "steps that differ", count: left, how: "get_record with cursor, or more maxTokens" }]
      : []),
    ...(traces > 0
      ? [{ kind: "traces not compared", count: traces, how: `only the first ${MAX_TRACES} of a session are` }]
      : []),
    ...(out > 0
      ? [{ kind: "steps not compared", count: out, how: "only the first 40,000 of a run are" }]
      : []),
    ...(unread > 0
      ? [
          {
            kind: "texts over 500,000 characters",
            count: unread,
            how: "compared as they were stored, not by what they say",
          },
        ]
      : []),
  ];
}

/**
 * get_record of a trace diff: two runs of one example, or two similar conversations, aligned step by step: where they part
 * first, changed arguments by path, other results, added and missing steps, and what either took.
 * @throws AppError for an id that is no `A..B`, an unknown one, or a trace against a session.
 */
export async function showTraceDiff(context: Reading, query: TraceDiffQuery): Promise<Answer> {
  const [idA, idB] = idsOf(query.id);
  const a = await sideOf(context, idA);
  if ("sealed" in a) return a.sealed;
  const b = await sideOf(context, idB);
  if ("sealed" in b) return b.sealed;
  if (a.level !== b.level)
    throw invalidInput(`One is a ${a.level}, the other a ${b.level}`, "Give two traces or two sessions.");
  const { store, project } = context;
  const steps = [
    await readSteps(store.traces, project.id, a.traces),
    await readSteps(store.traces, project.id, b.traces),
  ] as const;
  const { pairs: aligned, coarse } = align(steps[0].steps, steps[1].steps);
  const pairs = pairsOf(aligned, steps[0].steps, steps[1].steps);
  const from = startOf(query.cursor, pairs.length);
  const data = dataOf([a, b], pairs, coarse, steps);
  const budget = budgetFor(query.maxTokens) - sizeOf(data) - 700;
  const { rows, end } = await rowsWithin(context, pairs, from, budget);
  const omitted = omissions(pairs, end, [a, b], steps);
  const more = omitted[0]?.kind === "steps that differ";
  return {
    data,
    untrusted: { first: a.id, second: b.id, diff: { columns: COLUMNS, rows } },
    ...(more || from > 0
      ? { page: { returned: rows.length, total: null, next: more ? `steps:${end}` : null } }
      : {}),
    ...(omitted.length > 0 ? { omitted } : {}),
  };
}
