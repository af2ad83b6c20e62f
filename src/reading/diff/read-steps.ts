import { createHash } from "node:crypto";
import { canonicalJson } from "../../canonical.ts";
import type { Json } from "../../model/json.ts";
import type { SpanKind } from "../../model/span.ts";
import type { TraceSummary } from "../../model/trace.ts";
import type { ContentRef, SpanOutline, TraceStore } from "../../store/store.ts";
import { contentItems } from "../message-text.ts";
import { contentsOf, spansOf } from "../store-pages.ts";
import { writeRows } from "../transcript/build.ts";
import { draftTraces } from "../transcript/draft.ts";
import type { Draft, TranscriptRow } from "../transcript/rows.ts";
import { labelOf } from "../tree.ts";
import type { Step } from "./step.ts";

export interface Steps {
  readonly steps: readonly Step[];
  /** Steps beyond what is compared. */
  readonly leftOut: number;
  /** Texts too long to be read: told apart as they were stored. */
  readonly unread: number;
}

const MAX_STEPS = 40_000;
const MAX_CONTENT = 500_000;

/** Evaluators look at a run and are no part of it. */
const NO_STEPS: ReadonlySet<SpanKind> = new Set(["evaluator"]);

const digest = (text: string): string => createHash("sha256").update(text).digest("base64").slice(0, 16);

/** JSON that was written as a text, as what it says. */
export const parsed = (value: Json): Json => {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

/** What a content says, the same however it was written: JSON by its value, messages by their words, without ids of calls. */
export function meaningOf(kind: SpanKind, value: Json): string {
  if (kind !== "llm") return canonicalJson(parsed(value));
  const { items } = contentItems(value, "assistant");
  return canonicalJson(items.flatMap((item) => (item.type === "text" ? [item.text.trim()] : [])));
}

type Wanted = Omit<Step, "given" | "got" | "label"> & { readonly name: string };

function refsOf(span: SpanOutline): Extract<Step["texts"], { from: "span" }> {
  const { kind } = span.head;
  if (kind === "llm") {
    const out = span.outputMessages.length > 0 ? span.outputMessages : span.output ? [span.output] : [];
    return { from: "span", given: null, got: out };
  }
  const isContent = kind !== "agent" && kind !== "workflow" && kind !== "other";
  return {
    from: "span",
    given: isContent ? span.input : null,
    got: isContent && span.output ? [span.output] : [],
  };
}

async function spanSteps(store: TraceStore, projectId: string, traces: readonly TraceSummary[]) {
  const wanted: Wanted[] = [];
  let leftOut = 0;
  for (const [i, { traceId }] of traces.entries())
    for await (const page of spansOf(store, projectId, traceId))
      for (const span of page) {
        const { head } = span;
        if (
          NO_STEPS.has(head.kind) ||
          (head.parentSpanId === null && head.kind !== "llm" && head.kind !== "tool")
        )
          continue;
        if (wanted.length >= MAX_STEPS) leftOut += 1;
        else
          wanted.push({
            kind: head.kind,
            name: labelOf(head),
            turn: i + 1,
            traceId,
            spanId: head.spanId,
            startUs: head.startUs,
            durationUs: head.endUs === null ? null : Math.max(0, head.endUs - head.startUs),
            tokens:
              head.kind === "llm" ? (head.usage.inputTokens ?? 0) + (head.usage.outputTokens ?? 0) : null,
            failed: head.status === "error",
            texts: refsOf(span),
          });
      }
  return { wanted, leftOut };
}

/** Digests of what the contents say, each content once. */
async function digestsOf(store: TraceStore, projectId: string, wanted: readonly Wanted[]) {
  const kinds = new Map<string, SpanKind>();
  const refs: ContentRef[] = [];
  const digests = new Map<string, string>();
  let unread = 0;
  for (const { kind, texts } of wanted) {
    if (texts.from === "row" || kind === "user" || kind === "error") continue;
    for (const ref of [...(texts.given ? [texts.given] : []), ...texts.got]) {
      if (kinds.has(ref.id)) continue;
      kinds.set(ref.id, kind);
      if (ref.chars <= MAX_CONTENT) refs.push(ref);
      else {
        digests.set(ref.id, ref.id);
        unread += 1;
      }
    }
  }
  for await (const contents of contentsOf(store, projectId, refs))
    for (const [id, value] of contents) digests.set(id, digest(meaningOf(kinds.get(id) ?? "tool", value)));
  return { digests, unread };
}

const isSaid = ({ role, tool }: Draft): boolean =>
  role === "user" || role === "error" || (role === "tool" && tool !== null && !tool.hasSpan);

function rowStep(draft: Draft, row: TranscriptRow): Step {
  const { tool } = row;
  const kind = tool ? "tool" : row.role === "error" ? "error" : "user";
  return {
    kind,
    label: tool ? `tool ${tool.name}` : kind,
    given: digest(tool ? meaningOf("tool", tool.arguments) : row.text.trim()),
    got: tool ? `${tool.isError} ${digest(meaningOf("tool", row.text))}` : "",
    turn: row.turn,
    traceId: row.traceId,
    spanId: row.spanId,
    startUs: row.startUs,
    durationUs: tool?.durationUs ?? null,
    tokens: null,
    failed: tool?.isError ?? kind === "error",
    texts: { from: "row", draft },
  };
}

/** What no span of its own says: the user's turns, errors, and tool calls that only messages tell of. */
async function saidSteps(store: TraceStore, projectId: string, traces: readonly TraceSummary[]) {
  const { rows } = await draftTraces(store, projectId, traces);
  const all = rows.filter(isSaid);
  const drafts = all.slice(0, MAX_STEPS);
  const steps: Step[] = [];
  for await (const row of writeRows(store, projectId, drafts)) {
    const draft = drafts[steps.length];
    if (draft) steps.push(rowStep(draft, row));
  }
  return { said: steps, leftOut: all.length - drafts.length };
}

/** Within one trace the user's messages tell turns apart, as in the transcript. */
function turnsByUser(steps: readonly Step[]): Step[] {
  let turn = 0;
  return steps.map((step) => {
    if (step.kind === "user") turn += 1;
    return { ...step, turn: Math.max(1, turn) };
  });
}

const RANK = { user: 0, other: 1 };
const rankOf = ({ kind }: Step): number => (kind === "user" ? RANK.user : RANK.other);

/**
 * The steps of some traces in order: spans by their start, and between them what only messages say. Holds a few hundred
 * bytes of each of at most 40,000 steps, whatever their texts.
 */
export async function readSteps(
  store: TraceStore,
  projectId: string,
  traces: readonly TraceSummary[],
): Promise<Steps> {
  const { wanted, leftOut: spansLeftOut } = await spanSteps(store, projectId, traces);
  const { digests, unread } = await digestsOf(store, projectId, wanted);
  const { said, leftOut: saidLeftOut } = await saidSteps(store, projectId, traces);
  const spans = wanted.map(({ name, ...step }): Step => {
    const { texts, kind, failed } = step;
    const [given, got] = texts.from === "span" ? [texts.given ? [texts.given] : [], texts.got] : [[], []];
    const of = (refs: readonly ContentRef[]) => refs.map(({ id }) => digests.get(id) ?? id).join(" ");
    return { ...step, label: `${kind} ${name}`, given: of(given), got: `${failed} ${of(got)}` };
  });
  const steps = [...spans, ...said].sort(
    (a, b) => a.turn - b.turn || a.startUs - b.startUs || rankOf(a) - rankOf(b),
  );
  return {
    steps: (traces.length === 1 ? turnsByUser(steps) : steps).slice(0, MAX_STEPS),
    leftOut: spansLeftOut + saidLeftOut + Math.max(0, steps.length - MAX_STEPS),
    unread,
  };
}
