import { messageText } from "../evaluation/example-text.ts";
import type { Omission } from "../model/answer.ts";
import type { Filter } from "../model/filter.ts";
import type { TraceSummary } from "../model/trace.ts";
import { readEvidence } from "../reading/evidence.ts";
import { realUse } from "../reading/real-use.ts";
import { tracesOf } from "../reading/store-pages.ts";
import { acceptFilter } from "../registry/accept-filter.ts";
import type { Store } from "../store/store.ts";
import type { Draft } from "./draft.ts";
import { expectationsFrom, roleOf } from "./expectations.ts";

export interface FromTraces {
  readonly filter: string;
  readonly level: "traces" | "sessions";
  /** At most this many that match. */
  readonly limit: number;
  /** That many others that do not match, as guard against regression: praised ones first, none that is known to be bad. */
  readonly addPassing: number;
}

export interface Drawn {
  readonly drafts: readonly Draft[];
  /** Matching, whether drawn or not; null when not counted. */
  readonly matching: number | null;
  /** Without a question or an answer: no example can be made of them. */
  readonly unusable: number;
  /** Sessions of which only the first 500 traces are in their example. */
  readonly cut: number;
  /** Runs of evaluations that match and are no use to learn from, unless the filter names them. */
  readonly omitted: readonly Omission[];
}

const PAGE = 100;
/** Of one session: longer ones are played to this point. */
const MOST_TRACES = 500;

interface Scope {
  readonly store: Store;
  readonly projectId: string;
  readonly nowUs: number;
}

const accept = ({ store, projectId, nowUs }: Scope, filter: string, level: "trace" | "session") =>
  acceptFilter({ store, project: { id: projectId, slug: projectId }, now: () => nowUs }, filter, level);

type Unit = { readonly sessionId: string } | { readonly trace: TraceSummary };

async function* unitsOf(
  { store, projectId }: Scope,
  filter: Filter,
  level: FromTraces["level"],
  onTotal: (total: number | null) => void,
): AsyncGenerator<Unit> {
  let cursor: string | undefined;
  do {
    const query = { projectId, filter, order: "newest" as const, limit: PAGE, cursor };
    if (level === "sessions") {
      const page = await store.traces.searchSessions(query);
      onTotal(page.total);
      for (const { sessionId } of page.items) yield { sessionId };
      cursor = page.next ?? undefined;
    } else {
      const page = await store.traces.searchTraces(query);
      onTotal(page.total);
      for (const trace of page.items) yield { trace };
      cursor = page.next ?? undefined;
    }
  } while (cursor !== undefined);
}

async function tracesIn(
  { store, projectId }: Scope,
  unit: Unit,
): Promise<{ readonly traces: readonly TraceSummary[]; readonly isCut: boolean }> {
  if ("trace" in unit) return { traces: [unit.trace], isCut: false };
  const traces: TraceSummary[] = [];
  for await (const trace of tracesOf(store.traces, projectId, unit.sessionId)) {
    if (traces.length >= MOST_TRACES) return { traces, isCut: true };
    traces.push(trace);
  }
  return { traces, isCut: false };
}

/** One example of a session (its user turns as the script) or of a trace (its last question, with the history before). */
async function draftOf(scope: Scope, unit: Unit): Promise<(Draft & { readonly isCut: boolean }) | null> {
  const { store, projectId } = scope;
  const { traces, isCut } = await tracesIn(scope, unit);
  const isSession = "sessionId" in unit;
  const evidence = await readEvidence(store.traces, projectId, traces, isSession);
  const users = evidence.conversation.flatMap((message, at) =>
    message.role === "user" ? [{ message, at }] : [],
  );
  const asked = isSession ? users[0] : users.at(-1);
  const last = traces.at(-1);
  if (!asked || !last) return null;
  const assessments = await store.traces.readAssessments(
    isSession
      ? { projectId, sessionId: unit.sessionId, includeTraces: true, limit: 200 }
      : { projectId, traceId: last.traceId, limit: 200 },
  );
  return {
    isCut,
    content: {
      inputs: { message: messageText(asked.message) },
      messages: isSession ? [] : evidence.conversation.slice(0, asked.at),
      turns: isSession ? users.slice(1).map(({ message }) => messageText(message)) : [],
      expectations: expectationsFrom(assessments),
      recorded: evidence.output,
      tags: last.tags,
      role: roleOf(assessments, last.status === "error"),
      origin: {
        kind: "observed",
        traceId: isSession ? null : last.traceId,
        sessionId: last.sessionId,
        spanId: null,
      },
    },
  };
}

const keyOf = (unit: Unit): string => ("sessionId" in unit ? unit.sessionId : unit.trace.traceId);

/** Others are looked at for good ones up to this many for each that is asked for. */
const LOOKS = 10;

/**
 * Newest first, those that people praised before those of which nobody said anything: a silent user is no proof of a good
 * answer, so the role stays unknown.
 */
async function othersOf(scope: Scope, everything: Filter, matched: ReadonlySet<string>, input: FromTraces) {
  const praised: NonNullable<Awaited<ReturnType<typeof draftOf>>>[] = [];
  const unsaid: typeof praised = [];
  let looks = input.addPassing * LOOKS;
  for await (const unit of unitsOf(scope, everything, input.level, () => undefined)) {
    if (praised.length >= input.addPassing || looks <= 0) break;
    if (matched.has(keyOf(unit))) continue;
    looks -= 1;
    const draft = await draftOf(scope, unit);
    if (draft?.content.role === "passing") praised.push(draft);
    else if (draft?.content.role === "unknown") unsaid.push(draft);
  }
  return [...praised, ...unsaid].slice(0, input.addPassing);
}

/**
 * Examples of what was observed: the newest that match, and passing ones beside them.
 * @throws AppError `invalid_input` for a filter that does not parse.
 */
export async function fromTraces(scope: Scope, input: FromTraces): Promise<Drawn> {
  const level = input.level === "sessions" ? "session" : "trace";
  const ofRealUse = async (text: string) =>
    realUse(scope.store.traces, scope.projectId, await accept(scope, text, level), level);
  const { filter, omitted } = await ofRealUse(input.filter);
  const drafts: Draft[] = [];
  const matched = new Set<string>();
  let matching: number | null = null;
  let unusable = 0;
  let cut = 0;
  const take = (draft: Awaited<ReturnType<typeof draftOf>>): void => {
    if (draft) drafts.push(draft);
    else unusable += 1;
    if (draft?.isCut) cut += 1;
  };
  for await (const unit of unitsOf(scope, filter, input.level, (total) => {
    matching = total;
  })) {
    matched.add(keyOf(unit));
    if (drafts.length + unusable < input.limit) take(await draftOf(scope, unit));
    else if (input.addPassing === 0) break;
  }
  if (input.addPassing > 0) {
    const { filter: everything } = await ofRealUse("");
    for (const draft of await othersOf(scope, everything, matched, input)) take(draft);
  }
  return { drafts, matching, unusable, cut, omitted };
}
