import { invalidInput } from "../errors.ts";
import type { Answer, Omission } from "../model/answer.ts";
import type { TraceStore } from "../store/store.ts";
import { costOf, cutToCost, LEAST_BUDGET } from "./budget.ts";
import { contextComposition, createRoleReader } from "./context-composition.ts";
import { readGists } from "./gist.ts";
import { compact } from "./header.ts";
import { type Detail, type Line, type OutlineInput, outlineLines, signature } from "./outline.ts";
import { spansOf } from "./store-pages.ts";
import { type CallContext, type Tables, tablesWithin } from "./tables.ts";
import { type TraceHeader, traceHeader } from "./trace-header.ts";
import { type TreeNode, toNode, toTree } from "./tree.ts";
import { timeAndMoney } from "./where.ts";

export interface TraceQuery {
  readonly projectId: string;
  /** Whole, or a beginning of at least 6 digits. */
  readonly traceId: string;
  readonly cursor?: string | undefined;
  /** Characters of JSON; below `LEAST_BUDGET` counts as that. */
  readonly budget: number;
}

/** From the most to the least said of each span; the first that fits whole is taken. */
const DETAILS: readonly Detail[] = [
  ...[1_200, 700, 420, 300, 200, 140, 90, 50].map(
    (gistChars) => ({ gistChars, fold: "none", keep: 0, errorsFirst: false }) as const,
  ),
  ...[8, 4, 2].map((keep) => ({ gistChars: 120, fold: "runs", keep, errorsFirst: false }) as const),
  { gistChars: 80, fold: "runs", keep: 0, errorsFirst: false },
  ...[12, 6, 3, 1].map((keep) => ({ gistChars: 100, fold: "groups", keep, errorsFirst: true }) as const),
];

/** What is shown where not even the shortest outline fits: failures, then groups, in pages. */
const PAGED: Detail = { gistChars: 80, fold: "groups", keep: 0, errorsFirst: true };

/** Spans whose texts are read at most: more would not fit into any budget. */
const MAX_GISTS = 1_500;

interface Scan {
  readonly nodes: readonly TreeNode[];
  readonly contexts: readonly CallContext[];
  /** Model calls whose context was not looked at, since the histories are too large. */
  readonly unread: number;
}

async function scan(store: TraceStore, projectId: string, traceId: string): Promise<Scan> {
  const readRoles = createRoleReader(store, projectId);
  const nodes: TreeNode[] = [];
  const contexts: CallContext[] = [];
  let unread = 0;
  for await (const page of spansOf(store, projectId, traceId)) {
    const calls = page.filter(
      (span) => span.head.kind === "llm" && (span.inputMessages.length > 0 || span.input !== null),
    );
    const roles = await readRoles(calls);
    for (const span of page) nodes.push(toNode(span));
    for (const call of calls) {
      if (roles === null) unread += 1;
      else contexts.push({ spanId: call.head.spanId, ...contextComposition(call, roles) });
    }
  }
  return { nodes, contexts, unread };
}

/** Of each kind of step the first few and the last, which a fold tells alone. */
function examples(nodes: readonly TreeNode[]): TreeNode[] {
  const few = new Map<string, TreeNode[]>();
  for (const node of nodes) {
    const key = signature(node);
    const known = few.get(key) ?? [];
    few.set(key, known.length < 14 ? [...known, node] : [...known.slice(0, 13), node]);
  }
  return [...few.values()].flat();
}

async function gistsOf(store: TraceStore, projectId: string, nodes: readonly TreeNode[], budget: number) {
  const most = Math.min(MAX_GISTS, Math.ceil(budget / 20));
  if (nodes.length <= most) return readGists(store, projectId, nodes);
  const wanted = new Set([
    ...nodes.filter((node) => node.parentSpanId === null).slice(0, 20),
    ...nodes.filter((node) => node.error !== null).slice(0, 100),
    ...examples(nodes),
  ]);
  return readGists(store, projectId, [...wanted].slice(0, most));
}

const lineCost = (line: Line): number => costOf(line.text) + 2;
const costOfLines = (lines: readonly Line[]): number => lines.reduce((sum, line) => sum + lineCost(line), 0);

interface Shown {
  readonly lines: readonly Line[];
  readonly from: number;
  readonly total: number;
  readonly rest: readonly Line[];
  readonly earlier: readonly Line[];
}

/** As many lines from `from` as fit, at least one, which is cut if need be. */
function pageOf(lines: readonly Line[], from: number, room: number): Shown {
  let cost = 0;
  let end = from;
  for (const line of lines.slice(from)) {
    cost += lineCost(line);
    if (cost > room) break;
    end += 1;
  }
  const first = lines[from];
  const shown = lines.slice(from, end);
  if (end === from && first) {
    const short = cutToCost(first.text, Math.max(0, room));
    end += 1;
    shown.push({ ...first, text: short.text, cutChars: first.cutChars + short.omittedChars });
  }
  return { lines: shown, from, total: lines.length, rest: lines.slice(end), earlier: lines.slice(0, from) };
}

const WIDE_LINE: Line = { text: "", alone: 9_999_999, folded: 9_999_999, cutChars: 999_999_999 };
/** Numbers as long as they come: what the frame of an answer may take. */
const WIDEST: Shown = {
  lines: [WIDE_LINE],
  from: 9_999_999,
  total: 9_999_999,
  rest: [WIDE_LINE],
  earlier: [WIDE_LINE],
};

function startOf(cursor: string | undefined): number | null {
  if (cursor === undefined) return null;
  const digits = /^lines:(\d{1,9})$/.exec(cursor)?.[1];
  if (digits === undefined)
    throw invalidInput("cursor is not one that get_trace gave", "Leave it out to begin at the beginning.");
  return Number(digits);
}

function choose(nodes: readonly TreeNode[], input: OutlineInput, room: number, from: number | null): Shown {
  if (from === null) {
    for (const detail of DETAILS) {
      if (detail.fold === "none" && nodes.length * 30 > room) continue;
      const lines = outlineLines(nodes, detail, input);
      if (costOfLines(lines) <= room) return { lines, from: 0, total: lines.length, rest: [], earlier: [] };
    }
  }
  const lines = outlineLines(nodes, PAGED, input);
  if (from !== null && from >= lines.length)
    throw invalidInput("cursor is behind the end of this trace", "Leave it out to begin at the beginning.");
  return pageOf(lines, from ?? 0, room);
}

const sum = (lines: readonly Line[], pick: (line: Line) => number) =>
  lines.reduce((total, line) => total + pick(line), 0);

function assemble(header: TraceHeader, tables: Tables, shown: Shown, nodes: readonly TreeNode[]): Answer {
  const cutChars = sum(shown.lines, (line) => line.cutChars);
  const left = sum(shown.rest, (line) => line.alone + line.folded);
  const earlier = sum(shown.earlier, (line) => line.alone + line.folded);
  const folded = sum(shown.lines, (line) => line.folded);
  const next = shown.rest.length > 0 ? `lines:${shown.from + shown.lines.length}` : null;
  const omitted: Omission[] = [
    ...(left > 0 ? [{ kind: "spans", count: left, how: "get_trace with cursor" }] : []),
    ...(cutChars > 0 ? [{ kind: "characters of texts", count: cutChars, how: "get_trace with spanId" }] : []),
    ...header.omitted,
    ...tables.omitted,
  ];
  const isPaged = next !== null || shown.from > 0;
  const shownSpans = compact({
    total: nodes.length,
    alone: sum(shown.lines, (line) => line.alone),
    folded: folded || undefined,
    earlier: earlier || undefined,
  });
  return {
    data: { ...header.data, spans: shownSpans, ...tables.data },
    untrusted: {
      ...header.names,
      digest: shown.lines.map((line) => line.text).join("\n"),
      ...tables.untrusted,
    },
    ...(isPaged && { page: { returned: shown.lines.length, total: shown.total, next } }),
    ...(omitted.length > 0 && { omitted }),
    ...(header.next.length > 0 && { next: header.next }),
  };
}

/**
 * The digest of a trace: what it cost, its tree with what was said and what failed, where time and money went, and
 * what filled the context of its model calls. Reads spans in pages and keeps a few hundred bytes of each. At short
 * budgets runs of like spans are folded, then failures come first and the rest follows in pages. Every span is
 * shown alone, counted in a folded line, or counted as omitted (or earlier, after a cursor).
 */
export async function readTrace(store: TraceStore, query: TraceQuery): Promise<Answer | undefined> {
  const trace = await store.getTrace(query.projectId, query.traceId);
  if (!trace) return undefined;
  const budget = Math.max(LEAST_BUDGET, query.budget);
  const from = startOf(query.cursor);
  const { nodes, contexts, unread } = await scan(store, query.projectId, trace.traceId);
  const header = traceHeader(trace, nodes, budget);
  const tables = tablesWithin(timeAndMoney(nodes), contexts, unread, from === null ? budget : 0);
  const gists = await gistsOf(store, query.projectId, nodes, budget);
  const frame = JSON.stringify(assemble(header, tables, WIDEST, nodes)).length;
  const input = { tree: toTree(nodes), gists, originUs: trace.startUs };
  const shown = choose(nodes, input, budget - frame, from);
  return assemble(header, tables, shown, nodes);
}
