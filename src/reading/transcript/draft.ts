import type { Json } from "../../model/json.ts";
import type { Role } from "../../model/message.ts";
import type { TraceSummary } from "../../model/trace.ts";
import type { ContentRef, TraceStore } from "../../store/store.ts";
import { contentsOf, tracesOf } from "../store-pages.ts";
import { type ModelCall, type Placed, takeCall } from "./calls.ts";
import { takeEvent } from "./events.ts";
import { createKeyring, type Keyring } from "./keys.ts";
import { createRowList, type RowList } from "./ledger.ts";
import type { Draft, Origin } from "./rows.ts";
import { createThreads } from "./thread.ts";
import { takeToolSpan } from "./tool-span.ts";
import { readTraceSpans, type TraceSpans, type TranscriptSpan } from "./trace-spans.ts";

export interface DraftedTranscript {
  readonly rows: readonly Draft[];
  /** Trace ids, the first being turn 1. */
  readonly turns: readonly string[];
  /** Characters of reasoning, which no row shows. */
  readonly reasoningChars: number;
}

interface Building {
  readonly store: TraceStore;
  readonly projectId: string;
  readonly rows: RowList;
  readonly threads: ReturnType<typeof createThreads>;
  readonly keys: Keyring;
  agent: string | null;
}

const spoken = (refs: readonly ContentRef[], keys: Keyring): Placed[] =>
  refs.flatMap(({ id }) =>
    keys.marksOf(id).flatMap((mark, index): Placed[] =>
      // Instructions are no part of the conversation.
      mark.type === "text" && mark.role === "system"
        ? []
        : [{ mark, source: { from: "item", content: id, index } }],
    ),
  );

/** The messages of a span, or its one value where it has no messages. */
const inputsOf = (span: TranscriptSpan): readonly ContentRef[] =>
  span.inputMessages.length > 0 ? span.inputMessages : span.input ? [span.input] : [];
const outputsOf = (span: TranscriptSpan): readonly ContentRef[] =>
  span.outputMessages.length > 0 ? span.outputMessages : span.output ? [span.output] : [];

const speaks = ({ head, place }: TranscriptSpan): boolean =>
  place.owner === null && head.kind === "llm" && !place.wraps;

/** The outermost span of the conversation that has something to say itself: an agent before all others. */
function spokesman(main: readonly TranscriptSpan[], has: (span: TranscriptSpan) => boolean) {
  const candidates = main.filter(
    (span) =>
      span.place.owner === null &&
      (["agent", "workflow", "other"].includes(span.head.kind) || span.place.wraps) &&
      has(span),
  );
  return candidates.find((span) => span.head.kind === "agent") ?? candidates[0];
}

async function readMarks(building: Building, spans: readonly TranscriptSpan[]): Promise<void> {
  const roles = new Map<string, { ref: ContentRef; role: Role }>();
  const note = (refs: readonly ContentRef[], role: Role) => {
    for (const ref of refs)
      if (!building.keys.has(ref.id) && !roles.has(ref.id)) roles.set(ref.id, { ref, role });
  };
  for (const span of spans) {
    note(inputsOf(span), "user");
    note(outputsOf(span), "assistant");
  }
  const refs = [...roles.values()].map(({ ref }) => ref);
  for await (const contents of contentsOf(building.store, building.projectId, refs)) {
    for (const [id, value] of contents) building.keys.add(id, value, roles.get(id)?.role ?? "user");
  }
}

async function readValues(building: Building, spans: readonly TranscriptSpan[]) {
  const values = new Map<string, Json>();
  const wanted = spans.filter(
    (span) => !speaks(span) && !["agent", "workflow", "llm"].includes(span.head.kind),
  );
  const refs = wanted.flatMap((span) => [span.input, span.output].filter((ref) => ref !== null));
  for await (const contents of contentsOf(building.store, building.projectId, refs))
    for (const [id, value] of contents) values.set(id, value);
  return (ref: ContentRef | null) =>
    ref && { value: values.get(ref.id) ?? null, source: { from: "value" as const, content: ref.id } };
}

function takeSpan(
  building: Building,
  span: TranscriptSpan,
  trace: TraceSpans,
  origin: Origin,
  read: Awaited<ReturnType<typeof readValues>>,
): void {
  const { rows, threads, keys } = building;
  const { head, place } = span;
  if (speaks(span) && place.agent !== null) {
    if (building.agent !== null && building.agent !== place.agent)
      rows.append(origin, {
        role: "handoff",
        text: { from: "words", text: `${building.agent} -> ${place.agent}` },
      });
    building.agent = place.agent;
  }
  if (speaks(span)) {
    const call: ModelCall = {
      origin,
      parentSpanId: head.parentSpanId,
      window: spoken(inputsOf(span), keys),
      outputs: spoken(outputsOf(span), keys),
    };
    takeCall(rows, threads, call);
  } else if (head.kind === "tool" && place.owner === null) {
    const [given, result] = [read(span.input), read(span.output)];
    takeToolSpan(rows, keys, threads.latest(), { head, origin, arguments: given, result });
  }
  takeEvent(rows, { head, place, origin, inner: trace.inner.get(head.spanId), read, span });
}

/** What the agent itself was asked or answered, where its model calls do not say. */
function takeSpokesman(building: Building, main: readonly TranscriptSpan[], turn: number): void {
  const { rows, threads, keys } = building;
  const calls = main.filter(speaks);
  const heard = calls.some((span) => spoken(inputsOf(span), keys).length > 0);
  const answered = calls.some((span) => spoken(outputsOf(span), keys).length > 0);
  const asked = heard ? undefined : spokesman(main, (span) => spoken(inputsOf(span), keys).length > 0);
  const first = rows.firstOfTurn();
  if (asked) {
    const origin = originOf(asked, turn);
    const window = spoken(inputsOf(asked), keys);
    if (first)
      for (const { mark, source } of window
        .filter(({ mark }) => mark.type === "text" && mark.role === "user")
        .slice(-1))
        rows.insertBefore(first, origin, { role: "user", text: source, key: mark.key });
    else takeCall(rows, threads, { origin, parentSpanId: asked.head.parentSpanId, window, outputs: [] });
  }
  const ended = rows
    .currentTurn()
    .findLast((row) => row.role === "assistant" || row.role === "tool" || row.role === "user");
  if (answered && ended?.role === "assistant") return;
  const answering = spokesman(main, (span) => spoken(outputsOf(span), keys).length > 0);
  if (!answering) return;
  const final = spoken(outputsOf(answering), keys).findLast(
    ({ mark }) => mark.type === "text" && mark.role === "assistant",
  );
  if (!final || rows.inThisTurn(final.mark.key)) return;
  const row = rows.append(originOf(answering, turn), {
    role: "assistant",
    text: final.source,
    key: final.mark.key,
  });
  threads.latest()?.tail.push({ mark: final.mark, row, used: false });
}

const originOf = ({ head, place }: TranscriptSpan, turn: number): Origin => ({
  traceId: head.traceId,
  spanId: head.spanId,
  startUs: head.startUs,
  turn,
  agent: place.agent,
});

/** A trace that failed without any row saying so. */
function takeFailure(
  rows: RowList,
  main: readonly TranscriptSpan[],
  trace: TraceSummary,
  turn: number,
): void {
  if (trace.status !== "error" || rows.currentTurn().some((row) => row.role === "error")) return;
  const failed = main.find(
    ({ head, place }) => place.owner === null && head.status === "error" && head.kind !== "tool",
  );
  const why = failed && (failed.head.statusMessage ?? failed.head.errorType);
  if (failed && why)
    rows.append(originOf(failed, turn), { role: "error", text: { from: "words", text: why } });
}

/** Builds the rows of a session, without their texts. See `buildTranscript` for the method. */
export const draftTranscript = async (
  store: TraceStore,
  projectId: string,
  sessionId: string,
): Promise<DraftedTranscript> =>
  turnsByUser(await draftTraces(store, projectId, tracesOf(store, projectId, sessionId)));

/** A conversation that came as one trace has its turns from the user's messages, as judges number them (`messageTurns`). */
function turnsByUser(drafted: DraftedTranscript): DraftedTranscript {
  if (drafted.turns.length !== 1) return drafted;
  let turn = 0;
  const rows = drafted.rows.map((row) => {
    if (row.role === "user") turn += 1;
    return { ...row, turn: Math.max(1, turn) };
  });
  return { ...drafted, rows };
}

/** As `draftTranscript`: of the traces given, oldest first, as one conversation. */
export async function draftTraces(
  store: TraceStore,
  projectId: string,
  traces: AsyncIterable<TraceSummary> | Iterable<TraceSummary>,
): Promise<DraftedTranscript> {
  const building: Building = {
    store,
    projectId,
    rows: createRowList(),
    threads: createThreads(),
    keys: createKeyring(),
    agent: null,
  };
  const turns: string[] = [];
  for await (const summary of traces) {
    turns.push(summary.traceId);
    building.rows.startTurn();
    const trace = await readTraceSpans(store, projectId, summary.traceId);
    const talk = trace.main.filter(
      (span) => speaks(span) || span.place.wraps || ["agent", "workflow", "other"].includes(span.head.kind),
    );
    await readMarks(
      building,
      talk.filter((span) => span.place.owner === null),
    );
    const read = await readValues(building, trace.main);
    for (const span of trace.main) takeSpan(building, span, trace, originOf(span, turns.length), read);
    takeSpokesman(building, trace.main, turns.length);
    takeFailure(building.rows, trace.main, summary, turns.length);
  }
  return { rows: building.rows.all(), turns, reasoningChars: building.keys.reasoningChars() };
}
