import type { SpanHead, Usage } from "../model/span.ts";

/** What the usage rule reads of a span. */
export type UsageSpan = Pick<SpanHead, "spanId" | "parentSpanId" | "kind" | "startUs" | "usage" | "costUsd">;

/** The spans of one trace as a forest, without recursion, whatever the parent links say. */
export interface SpanForest {
  /** Index of each span's parent, -1 for a root. */
  readonly parent: Int32Array;
  /** Every span after all of its children. */
  readonly childrenFirst: Int32Array;
  /** In order of start: those that name no parent, and those whose parent is absent or below themselves. */
  readonly roots: readonly number[];
  readonly orphans: ReadonlySet<number>;
}

export interface UsageRollup {
  readonly usage: Usage;
  readonly costUsd: number | null;
  readonly unpricedCalls: number;
  readonly llmCalls: number;
  readonly rollupSpans: number;
}

const FIELDS = [
  "inputTokens",
  "outputTokens",
  "cacheReadTokens",
  "cacheWriteTokens",
  "reasoningTokens",
] as const satisfies readonly (keyof Usage)[];

/** Order of spans that start together: by id, so that no result depends on arrival. */
export const byStart = (
  a: Pick<SpanHead, "startUs" | "spanId">,
  b: Pick<SpanHead, "startUs" | "spanId">,
): number => a.startUs - b.startUs || (a.spanId < b.spanId ? -1 : a.spanId > b.spanId ? 1 : 0);

/**
 * Links spans to their parents. A span whose parent is not there is a root and an orphan; a ring of parents is
 * opened at its earliest span, which becomes an orphan too.
 */
export function buildForest(
  spans: readonly Pick<SpanHead, "spanId" | "parentSpanId" | "startUs">[],
): SpanForest {
  const index = new Map(spans.map((span, i) => [span.spanId, i]));
  const parent = new Int32Array(spans.length).fill(-1);
  const waiting = new Int32Array(spans.length);
  const orphans = new Set<number>();
  spans.forEach((span, i) => {
    if (span.parentSpanId === null) return;
    const p = index.get(span.parentSpanId);
    if (p === undefined) orphans.add(i);
    else {
      parent[i] = p;
      waiting[p] = (waiting[p] ?? 0) + 1;
    }
  });
  const order = new Int32Array(spans.length);
  let filled = 0;
  let read = 0;
  const drain = () => {
    for (; read < filled; read++) {
      const p = parent[order[read] ?? -1] ?? -1;
      if (p < 0) continue;
      waiting[p] = (waiting[p] ?? 0) - 1;
      if (waiting[p] === 0) order[filled++] = p;
    }
  };
  for (let i = 0; i < spans.length; i++) if (waiting[i] === 0) order[filled++] = i;
  drain();
  for (let i = 0; filled < spans.length && i < spans.length; i++) {
    if (waiting[i] === 0) continue;
    openRing(spans, parent, waiting, i, orphans, (opened) => {
      order[filled++] = opened;
    });
    drain();
  }
  const roots = [...spans.keys()].filter((i) => parent[i] === -1);
  roots.sort((a, b) => compareAt(spans, a, b));
  return { parent, childrenFirst: order, roots, orphans };
}

function compareAt(spans: readonly Pick<SpanHead, "spanId" | "startUs">[], a: number, b: number): number {
  const left = spans[a];
  const right = spans[b];
  return left && right ? byStart(left, right) : 0;
}

/**
 * Cuts the ring that `start` is in: its earliest span loses its parent. The parent of the cut then waits for one
 * child less, and is ready (`ready`) when that was the last.
 */
function openRing(
  spans: readonly Pick<SpanHead, "spanId" | "startUs">[],
  parent: Int32Array,
  waiting: Int32Array,
  start: number,
  orphans: Set<number>,
  ready: (i: number) => void,
): void {
  let cut = start;
  for (let i = parent[start] ?? -1; i !== start && i >= 0; i = parent[i] ?? -1) {
    if (compareAt(spans, i, cut) < 0) cut = i;
  }
  const above = parent[cut] ?? -1;
  parent[cut] = -1;
  orphans.add(cut);
  if (above < 0) return;
  waiting[above] = (waiting[above] ?? 0) - 1;
  if (waiting[above] === 0) ready(above);
}

const add = (sums: (number | null)[], at: number, value: number | null | undefined) => {
  if (value !== null && value !== undefined) sums[at] = (sums[at] ?? 0) + value;
};

const greater = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b);

/** Effective value of every span for one field, and the sum that its children bring. */
function effective(forest: SpanForest, own: (i: number) => number | null) {
  const children: (number | null)[] = new Array(forest.parent.length).fill(null);
  let total: number | null = null;
  for (const i of forest.childrenFirst) {
    const value = greater(own(i), children[i] ?? null);
    const p = forest.parent[i] ?? -1;
    if (p >= 0) add(children, p, value);
    else if (value !== null) total = (total ?? 0) + value;
  }
  return { children, total };
}

/**
 * Totals of a trace: per field `effective(span) = max(own, sum of children's effective)`, summed over roots.
 *
 * Frameworks restate on an outer span what its inner calls used (the AI SDK on its root, OpenLLMetry and gateways
 * on nested duplicates), so that a plain sum doubles: strands-agents/sdk-python#1267 and #3602,
 * pydantic/pydantic-ai#3995, langfuse/langfuse#16409 and #8700, open-telemetry/semantic-conventions-genai#19.
 * The maximum is right for those, for parents whose children were sampled out, and for nested duplicates; it
 * counts too little only where a model call makes another model call with usage of its own.
 *
 * - `rollupSpans`: spans all of whose own token counts are at most what their children sum to.
 * - `unpricedCalls`: llm, embedding and rerank spans with tokens but no cost, neither their own, nor one below
 *   or above them that covers it, nor a restatement of calls below.
 * - `llmCalls`: llm spans with no llm span below them, so that a wrapped call counts once.
 */
export function rollUpUsage(spans: readonly UsageSpan[], forest: SpanForest): UsageRollup {
  const perField = FIELDS.map((field) => effective(forest, (i) => spans[i]?.usage[field] ?? null));
  const cost = effective(forest, (i) => spans[i]?.costUsd ?? null);
  const modelBelow = new Uint8Array(spans.length);
  let rollupSpans = 0;
  let llmCalls = 0;
  const restates = new Uint8Array(spans.length);
  for (const i of forest.childrenFirst) {
    const span = spans[i];
    if (!span) continue;
    if (isRestatement(span.usage, (f) => perField[f]?.children[i] ?? null)) {
      restates[i] = 1;
      rollupSpans++;
    }
    if (span.kind === "llm" && !modelBelow[i]) llmCalls++;
    const p = forest.parent[i] ?? -1;
    if (p >= 0 && (modelBelow[i] || span.kind === "llm")) modelBelow[p] = 1;
  }
  const [input, output, cacheRead, cacheWrite, reasoning] = perField.map((field) => field.total);
  return {
    usage: {
      inputTokens: input ?? null,
      outputTokens: output ?? null,
      cacheReadTokens: cacheRead ?? null,
      cacheWriteTokens: cacheWrite ?? null,
      reasoningTokens: reasoning ?? null,
    },
    costUsd: cost.total,
    unpricedCalls: countUnpriced(spans, forest, cost.children, restates),
    llmCalls,
    rollupSpans,
  };
}

function isRestatement(usage: Usage, childSum: (field: number) => number | null): boolean {
  let any = false;
  for (const [f, field] of FIELDS.entries()) {
    const own = usage[field] ?? 0;
    if (own <= 0) continue;
    if (own > (childSum(f) ?? 0)) return false;
    any = true;
  }
  return any;
}

const PRICED_KINDS: ReadonlySet<string> = new Set(["llm", "embedding", "rerank"]);

function countUnpriced(
  spans: readonly UsageSpan[],
  forest: SpanForest,
  costBelow: readonly (number | null)[],
  restates: Uint8Array,
): number {
  const covered = new Uint8Array(spans.length);
  let count = 0;
  for (let at = spans.length - 1; at >= 0; at--) {
    const i = forest.childrenFirst[at] ?? -1;
    const span = spans[i];
    if (!span) continue;
    const p = forest.parent[i] ?? -1;
    const above = spans[p];
    if (above && (covered[p] || above.costUsd !== null)) covered[i] = 1;
    if (!PRICED_KINDS.has(span.kind) || span.costUsd !== null || covered[i] || restates[i]) continue;
    const tokens = FIELDS.some((field) => (span.usage[field] ?? 0) > 0);
    if (tokens && (costBelow[i] ?? null) === null) count++;
  }
  return count;
}
