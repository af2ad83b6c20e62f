import { shortDuration, shortMoney, shortNumber } from "./format.ts";
import type { Gist } from "./gist.ts";
import { offset, oneLine, shortId } from "./short.ts";
import type { Tree, TreeNode } from "./tree.ts";

/** A line of the digest. */
export interface Line {
  readonly text: string;
  /** Spans that it shows alone. */
  readonly alone: number;
  /** Spans that it only counts. */
  readonly folded: number;
  /** Characters of what was said that its cuts left out. */
  readonly cutChars: number;
}

/** How much each span gets. `fold` runs: neighbours of one kind and name are one line; groups: all of one parent are. */
export interface Detail {
  readonly gistChars: number;
  readonly fold: "none" | "runs" | "groups";
  /** Of each fold so many, and its last, are told alone all the same: how it began and ended. */
  readonly keep: number;
  /** Failed spans come before all others, instead of at their place. */
  readonly errorsFirst: boolean;
}

export interface OutlineInput {
  readonly tree: Tree;
  readonly gists: ReadonlyMap<string, Gist>;
  readonly originUs: number;
}

const MAX_INDENT = 12;
const ERROR_CHARS = 400;
const indent = (depth: number): string => " ".repeat(Math.min(depth, MAX_INDENT));

const durationOf = (node: TreeNode): string =>
  node.endUs === null ? "not ended" : shortDuration(Math.max(0, node.endUs - node.startUs));

function factsOf(node: TreeNode, originUs: number): string {
  const tokens =
    node.inputTokens === null && node.outputTokens === null
      ? []
      : [`${shortNumber(node.inputTokens ?? 0)}>${shortNumber(node.outputTokens ?? 0)}tok`];
  const cost = node.costUsd === null ? [] : [shortMoney(node.costUsd)];
  return [
    node.kind,
    node.label,
    offset(node.startUs, originUs),
    durationOf(node),
    ...tokens,
    ...cost,
    shortId(node.spanId),
  ].join(" ");
}

function spanLine(node: TreeNode, depth: number, detail: Detail, input: OutlineInput): Line {
  const gist = input.gists.get(node.spanId);
  const lines = [indent(depth) + factsOf(node, input.originUs)];
  let cutChars = 0;
  const say = (text: string, max: number): string => {
    const said = oneLine(text, max);
    cutChars += said.omittedChars;
    return said.text;
  };
  const failure = node.error === null ? "" : say(node.error, ERROR_CHARS);
  if (gist && detail.gistChars > 0) {
    const isTool = node.kind === "tool" || node.kind === "retrieval";
    // What people and models say is short and telling beside what tools give.
    const max = isTool ? detail.gistChars : detail.gistChars * 3;
    const asked = say(gist.asked, max);
    const repeats = node.error !== null && oneLine(gist.answered, 200).text === oneLine(node.error, 200).text;
    const answered = repeats ? "" : say(gist.answered, max);
    if (isTool) {
      if (asked || answered) lines[0] += ` (${asked})${answered ? ` -> ${answered}` : ""}`;
    } else {
      if (asked) lines.push(`${indent(depth + 1)}> ${asked}`);
      if (answered) lines.push(`${indent(depth + 1)}< ${answered}`);
    }
  }
  if (node.error !== null) lines[0] += ` ERROR ${failure}`;
  return { text: lines.join("\n"), alone: 1, folded: 0, cutChars };
}

/** Names of steps that differ only in numbers and ids are one; those of tools and models say what they are. */
const stepName = (node: TreeNode): string =>
  node.kind === "tool" || node.kind === "llm" ? node.label : node.label.replace(/[0-9a-f]{8,}|\d+/gi, "#");

export const signature = (node: TreeNode): string => `${node.kind} ${stepName(node)}`;

function foldedLine(nodes: readonly TreeNode[], depth: number, input: OutlineInput): Line {
  const first = nodes[0];
  const ok = nodes.filter((node) => node.error === null);
  const durations = nodes.flatMap((node) =>
    node.endUs === null ? [] : [Math.max(0, node.endUs - node.startUs)],
  );
  const low = durations.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = durations.reduce((a, b) => Math.max(a, b), 0);
  const range =
    durations.length === 0
      ? "not ended"
      : low === high
        ? shortDuration(low)
        : `${shortDuration(low)}-${shortDuration(high)}`;
  const sum = (pick: (node: TreeNode) => number | null) =>
    nodes.reduce((total, node) => total + (pick(node) ?? 0), 0);
  const [tokensIn, tokensOut, cost] = [
    sum((n) => n.inputTokens),
    sum((n) => n.outputTokens),
    sum((n) => n.costUsd),
  ];
  const facts = [
    `${indent(depth)}×${nodes.length} ${first ? signature(first) : ""}`,
    offset(first?.startUs ?? input.originUs, input.originUs),
    range,
    ...(tokensIn + tokensOut > 0 ? [`${shortNumber(tokensIn)}>${shortNumber(tokensOut)}tok`] : []),
    ...(cost > 0 ? [shortMoney(cost)] : []),
    ...(first ? [`first ${shortId(first.spanId)}`] : []),
  ];
  const errors = nodes.length - ok.length;
  const text = `${facts.join(" ")}${errors > 0 ? `, ${errors} error${errors === 1 ? "" : "s"}` : ""}`;
  return { text, alone: 0, folded: ok.length, cutChars: 0 };
}

/** Siblings that are told together. */
function groupsOf(nodes: readonly TreeNode[], fold: Detail["fold"]): TreeNode[][] {
  if (fold === "none") return nodes.map((node) => [node]);
  const groups: TreeNode[][] = [];
  const open = new Map<string, TreeNode[]>();
  for (const node of nodes) {
    const key = signature(node);
    const group = open.get(key);
    if (group) group.push(node);
    else {
      if (fold === "runs") open.clear();
      const started = [node];
      open.set(key, started);
      groups.push(started);
    }
  }
  return fold === "runs"
    ? groups.flatMap((group) => (group.length < 3 ? group.map((node) => [node]) : [group]))
    : groups;
}

/** Failed spans, those that say the same told together once there are many of them. */
function errorLines(failed: readonly TreeNode[], detail: Detail, input: OutlineInput): Line[] {
  const groups = new Map<string, TreeNode[]>();
  for (const node of failed) {
    const key = `${signature(node)} ${(node.error ?? "").slice(0, 200).replace(/[0-9a-f]{8,}|\d+/gi, "#")}`;
    const group = groups.get(key);
    if (group) group.push(node);
    else groups.set(key, [node]);
  }
  return [...groups.values()].map((group) => {
    const [first] = group;
    if (first === undefined) return { text: "", alone: 0, folded: 0, cutChars: 0 };
    const line = spanLine(first, 0, detail, input);
    return group.length === 1
      ? line
      : { ...line, text: `×${group.length} ${line.text}`, folded: group.length - 1 };
  });
}

interface Step {
  readonly group: readonly TreeNode[];
  readonly depth: number;
}

/** A fold's first few and its last alone, the rest folded between them. */
function spread(group: readonly TreeNode[], keep: number): (readonly TreeNode[])[] {
  if (group.length === 1 || keep === 0) return [group];
  if (group.length <= keep + 2) return group.map((node) => [node]);
  return [...group.slice(0, keep).map((node) => [node]), group.slice(keep, -1), group.slice(-1)];
}

/** All lines of the outline at one level of detail. Every span is alone or folded in exactly one line. */
export function outlineLines(nodes: readonly TreeNode[], detail: Detail, input: OutlineInput): Line[] {
  const lines: Line[] = detail.errorsFirst
    ? errorLines(
        nodes.filter((node) => node.error !== null),
        detail,
        input,
      )
    : [];
  const stack: Step[] = [];
  const push = (siblings: readonly TreeNode[], depth: number) => {
    for (const group of groupsOf(siblings, detail.fold).reverse())
      for (const part of spread(group, detail.keep).reverse()) stack.push({ group: part, depth });
  };
  push(input.tree.roots, 0);
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { group, depth } = top;
    const [first] = group;
    const failed = detail.errorsFirst ? [] : group.filter((node) => node.error !== null);
    if (group.length === 1 && first) {
      if (!detail.errorsFirst || first.error === null) lines.push(spanLine(first, depth, detail, input));
    } else {
      const line = foldedLine(group, depth, input);
      if (line.folded > 0) lines.push(line);
      for (const node of failed) lines.push(spanLine(node, depth + 1, detail, input));
    }
    push(
      group.flatMap((node) => input.tree.childrenOf(node)),
      depth + 1,
    );
  }
  return lines;
}
