import type { SpanHead, SpanKind } from "../../model/span.ts";

/** The part a span plays in the conversation with the user. */
export interface Place {
  /** Null: in the main conversation. Else the span (a sub-agent, a tool, a check) that it works inside of. */
  readonly owner: string | null;
  /** Name of the nearest agent above or at the span that has one. */
  readonly agent: string | null;
  /** A model call that another one tells better: it wraps several, or was instrumented twice. */
  readonly wraps: boolean;
}

type Node = Pick<
  SpanHead,
  "spanId" | "parentSpanId" | "kind" | "name" | "agentName" | "toolName" | "startUs"
> & {
  /** Messages in and out that it has. */
  readonly messages: number;
};

/** Kinds whose model calls are an inner matter. */
const INNER: ReadonlySet<SpanKind> = new Set([
  "tool",
  "guardrail",
  "evaluator",
  "memory",
  "retrieval",
  "rerank",
  "embedding",
  "human",
]);

const HANDOFF = /^(transfer|route)[_-]?(to|back)|^hand[_-]?off/i;

const nameOf = (node: Node): string | null => node.agentName ?? (node.kind === "agent" ? node.name : null);

/** Spans from the roots down; a parent that is missing, or one's own descendant, makes a root. */
export function topDown<T extends Pick<SpanHead, "spanId" | "parentSpanId">>(nodes: readonly T[]): T[] {
  const byId = new Map(nodes.map((node) => [node.spanId, node]));
  const done = new Set<string>();
  const order: T[] = [];
  for (const node of nodes) {
    const path: T[] = [];
    const onPath = new Set<string>();
    let at: T | undefined = node;
    while (at && !done.has(at.spanId) && !onPath.has(at.spanId)) {
      path.push(at);
      onPath.add(at.spanId);
      at = at.parentSpanId === null ? undefined : byId.get(at.parentSpanId);
    }
    for (const member of path.toReversed()) {
      done.add(member.spanId);
      order.push(member);
    }
  }
  return order;
}

/** Agents that call a model themselves, not only through agents or tools below them; and model calls that wrap others. */
function callers(order: readonly Node[], parentOf: (node: Node) => Node | undefined) {
  const agents = new Set<string>();
  const wrapped = new Map<Node, Node[]>();
  for (const node of order) {
    if (node.kind !== "llm") continue;
    const seen = new Set<string>([node.spanId]);
    for (let at = parentOf(node); at && !seen.has(at.spanId) && !INNER.has(at.kind); at = parentOf(at)) {
      seen.add(at.spanId);
      if (at.kind === "llm") wrapped.set(at, [...(wrapped.get(at) ?? []).slice(0, 1), node]);
      if (at.kind !== "agent") continue;
      agents.add(at.spanId);
      break;
    }
  }
  return { agents, wrappers: tellingLess(wrapped) };
}

/** A wrapper of one call is the same call, instrumented twice: the one with fewer messages is passed over. */
function tellingLess(wrapped: ReadonlyMap<Node, readonly Node[]>): ReadonlySet<string> {
  const passed = new Set<string>();
  for (const [wrapper, [first, second]] of wrapped) {
    const isBetter = first !== undefined && second === undefined && wrapper.messages > first.messages;
    passed.add(isBetter ? first.spanId : wrapper.spanId);
  }
  return passed;
}

/**
 * Says for each span of a trace whether it belongs to the main conversation. What works below a tool, a check or a
 * retrieval does not. An agent below an agent of another name that calls a model itself is a sub-agent, unless a
 * handoff tool was called before it began: then the conversation went over to it. An agent that only arranges other
 * agents (a crew, a graph) is no conversation of its own, so theirs are the main one.
 */
export function placeSpans(nodes: readonly Node[]): ReadonlyMap<string, Place> {
  const byId = new Map(nodes.map((node) => [node.spanId, node]));
  const parentOf = (node: Node) => (node.parentSpanId === null ? undefined : byId.get(node.parentSpanId));
  const order = topDown(nodes);
  const { agents, wrappers } = callers(order, parentOf);
  const handoffs = nodes.filter((node) => node.kind === "tool" && HANDOFF.test(node.toolName ?? node.name));
  const firstHandoffUs = Math.min(Number.POSITIVE_INFINITY, ...handoffs.slice(0, 100).map((n) => n.startUs));
  const places = new Map<string, Place>();
  const speakers = new Map<string, Node | undefined>();
  for (const node of order) {
    const parent = parentOf(node);
    const above = parent && places.get(parent.spanId);
    const speaker = parent && speakers.get(parent.spanId);
    const own = nameOf(node);
    let owner = above?.owner ?? (parent && above && INNER.has(parent.kind) ? parent.spanId : null);
    const isInnerAgent = node.kind === "agent" && owner === null && speaker !== undefined;
    if (
      isInnerAgent &&
      agents.has(speaker.spanId) &&
      nameOf(speaker) !== own &&
      node.startUs < firstHandoffUs
    )
      owner = node.spanId;
    places.set(node.spanId, {
      owner,
      agent: node.agentName ?? above?.agent ?? null,
      wraps: wrappers.has(node.spanId),
    });
    speakers.set(node.spanId, node.kind === "agent" ? node : speaker);
  }
  return places;
}
