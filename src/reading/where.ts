import type { SpanHead } from "../model/span.ts";

export type Timed = Pick<SpanHead, "spanId" | "parentSpanId" | "kind" | "startUs" | "endUs" | "costUsd"> & {
  readonly label: string;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly error: string | null;
};

export interface Spending {
  readonly kind: SpanHead["kind"];
  readonly name: string;
  readonly count: number;
  readonly errors: number;
  /** Microseconds in these spans and in none of their children. */
  readonly selfUs: number;
  /** Tokens and dollars that no child accounts for. */
  readonly tokens: number;
  readonly costUsd: number;
}

/** Length of the part of [start, end] that the intervals cover, whatever their order and overlap. */
function covered(start: number, end: number, intervals: readonly (readonly [number, number])[]): number {
  const sorted = intervals.toSorted((a, b) => a[0] - b[0]);
  let total = 0;
  let reached = start;
  for (const [from, to] of sorted) {
    const begin = Math.max(reached, from);
    const finish = Math.min(end, to);
    if (finish > begin) total += finish - begin;
    reached = Math.max(reached, finish);
  }
  return total;
}

/**
 * Where time and money went, by kind and name, most time first. Time is each span's own, without the time in which
 * any child ran, so nothing counts twice in a sequential trace; parallel spans each count theirs. Tokens and cost
 * follow the roll-up rule effective = max(own, sum of children), so a total restated by a parent counts once.
 * Spans without an end count no time. `label` is the name to sum by.
 */
export function timeAndMoney(spans: readonly Timed[]): Spending[] {
  const children = new Map<string, Timed[]>();
  for (const span of spans) {
    if (span.parentSpanId === null) continue;
    const list = children.get(span.parentSpanId);
    if (list) list.push(span);
    else children.set(span.parentSpanId, [span]);
  }
  const effective = effectiveSums(spans, children);
  const sums = new Map<string, Spending>();
  for (const span of spans) {
    const below = children.get(span.spanId) ?? [];
    const end = span.endUs ?? span.startUs;
    const inner = covered(
      span.startUs,
      end,
      below.map((child) => [child.startUs, child.endUs ?? child.startUs]),
    );
    const key = `${span.kind} ${span.label}`;
    const before = sums.get(key);
    const own = (field: "tokens" | "costUsd") =>
      Math.max(
        0,
        (effective.get(span.spanId)?.[field] ?? 0) -
          total(below.map((c) => effective.get(c.spanId)?.[field] ?? 0)),
      );
    sums.set(key, {
      kind: span.kind,
      name: span.label,
      count: (before?.count ?? 0) + 1,
      errors: (before?.errors ?? 0) + (span.error === null ? 0 : 1),
      selfUs: (before?.selfUs ?? 0) + Math.max(0, end - span.startUs - inner),
      tokens: (before?.tokens ?? 0) + own("tokens"),
      costUsd: (before?.costUsd ?? 0) + own("costUsd"),
    });
  }
  return [...sums.values()].sort((a, b) => b.selfUs - a.selfUs || b.costUsd - a.costUsd);
}

const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function effectiveSums(spans: readonly Timed[], children: ReadonlyMap<string, readonly Timed[]>) {
  const sums = new Map<string, { tokens: number; costUsd: number }>();
  // Children before parents, without recursion: a trace can be one long chain.
  const stack = spans.map((span) => ({ span, ready: false })).reverse();
  const entered = new Set<string>();
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { span, ready } = top;
    if (sums.has(span.spanId)) continue;
    const below = children.get(span.spanId) ?? [];
    if (!ready && !entered.has(span.spanId)) {
      entered.add(span.spanId);
      stack.push({ span, ready: true });
      for (const child of below) stack.push({ span: child, ready: false });
      continue;
    }
    const inner = (field: "tokens" | "costUsd") =>
      total(below.map((child) => sums.get(child.spanId)?.[field] ?? 0));
    const own = (span.inputTokens ?? 0) + (span.outputTokens ?? 0);
    sums.set(span.spanId, {
      tokens: Math.max(own, inner("tokens")),
      costUsd: Math.max(span.costUsd ?? 0, inner("costUsd")),
    });
  }
  return sums;
}
