import type { SpanHead } from "../model/span.ts";
import type { ContentRef, SpanOutline } from "../store/store.ts";
import { topDown } from "./transcript/scope.ts";

/** What a digest keeps of a span: no content, and of its history only the last message. */
export interface TreeNode {
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly kind: SpanHead["kind"];
  /** As it is shown: the tool's or agent's name, the model where the name does not say it. */
  readonly label: string;
  readonly startUs: number;
  readonly endUs: number | null;
  /** What went wrong; null for what did not. */
  readonly error: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly costUsd: number | null;
  readonly costSource: SpanHead["costSource"];
  readonly asked: ContentRef | null;
  readonly answered: readonly ContentRef[];
  readonly toolCallId: string | null;
}

const MAX_LABEL = 120;
const MAX_ERROR = 1_000;
/** Messages of one answer that are looked at. */
const MAX_ANSWERED = 8;

export function labelOf(head: SpanHead): string {
  if (head.kind === "tool" && head.toolName) return head.toolName.slice(0, MAX_LABEL);
  if (head.kind === "agent" && head.agentName) return head.agentName.slice(0, MAX_LABEL);
  const name = head.name.slice(0, MAX_LABEL);
  const model = head.kind === "llm" ? head.model : null;
  return model && !name.includes(model) && !model.startsWith(name.split(" ").at(-1) ?? " ")
    ? `${name} ${model.slice(0, MAX_LABEL)}`
    : name;
}

export function toNode(span: SpanOutline): TreeNode {
  const { head } = span;
  const failed = head.status === "error";
  return {
    spanId: head.spanId,
    parentSpanId: head.parentSpanId,
    kind: head.kind,
    label: labelOf(head),
    startUs: head.startUs,
    endUs: head.endUs,
    error: failed ? (head.statusMessage ?? head.errorType ?? "failed").slice(0, MAX_ERROR) : null,
    inputTokens: head.usage.inputTokens,
    outputTokens: head.usage.outputTokens,
    costUsd: head.costUsd,
    costSource: head.costSource,
    asked: span.inputMessages.at(-1) ?? span.input,
    answered:
      span.outputMessages.length > 0
        ? span.outputMessages.slice(-MAX_ANSWERED)
        : span.output
          ? [span.output]
          : [],
    toolCallId: head.toolCallId,
  };
}

export interface Tree {
  readonly roots: readonly TreeNode[];
  childrenOf(node: TreeNode): readonly TreeNode[];
}

/** Roots and children in order of start. Spans whose parent is missing, or below themselves, are roots. */
export function toTree(nodes: readonly TreeNode[]): Tree {
  const ids = new Set(nodes.map((node) => node.spanId));
  const placed = new Set<string>();
  const roots: TreeNode[] = [];
  const children = new Map<string, TreeNode[]>();
  for (const node of topDown(nodes)) {
    const parent = node.parentSpanId;
    if (parent === null || !ids.has(parent) || !placed.has(parent)) roots.push(node);
    else {
      const siblings = children.get(parent);
      if (siblings) siblings.push(node);
      else children.set(parent, [node]);
    }
    placed.add(node.spanId);
  }
  const byStart = (a: TreeNode, b: TreeNode) => a.startUs - b.startUs;
  roots.sort(byStart);
  for (const list of children.values()) list.sort(byStart);
  return { roots, childrenOf: (node) => children.get(node.spanId) ?? [] };
}
