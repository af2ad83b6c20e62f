import type { Omission, Table } from "../model/answer.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { fit, sizeOf } from "./budget.ts";
import { CHARS_PER_TOKEN, type Composition } from "./context-composition.ts";
import { shortDuration, shortMoney } from "./format.ts";
import { shortId } from "./short.ts";
import type { Spending } from "./where.ts";

export type CallContext = Composition & { readonly spanId: string };

export interface Tables {
  readonly data: JsonObject;
  readonly untrusted: JsonObject;
  readonly omitted: readonly Omission[];
}

const table = (columns: Table["columns"], rows: readonly Json[][]): Json => ({
  columns: [...columns],
  rows: [...rows],
});

const cells = (row: Spending): Json[] => [
  `${row.kind} ${row.name}`,
  row.count,
  shortDuration(row.selfUs),
  row.tokens,
  row.costUsd === 0 ? "" : shortMoney(row.costUsd),
];

/** The rows most worth their place: by time, and the costliest where it is another. */
function ranked(spending: readonly Spending[]): Spending[] {
  const costliest = spending.reduce<Spending | undefined>(
    (best, row) => (row.costUsd > (best?.costUsd ?? 0) ? row : best),
    undefined,
  );
  const [first, ...rest] = spending;
  if (!first || !costliest || costliest === first) return [...spending];
  return [first, costliest, ...rest.filter((row) => row !== costliest)];
}

/** Evenly chosen calls with the first and last, so that growth shows. */
function sampled(contexts: readonly CallContext[], count: number): CallContext[] {
  if (contexts.length <= count) return [...contexts];
  if (count < 2) return contexts.slice(-1);
  const step = (contexts.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, i) => contexts[Math.round(i * step)]).filter(
    (call) => call !== undefined,
  );
}

const totalOf = (call: CallContext): number =>
  call.system + call.tools + call.results + call.history + call.input;

function contextRow(call: CallContext): Json[] {
  const total = totalOf(call);
  const share = (part: number) => (total === 0 ? 0 : Math.round((part / total) * 100));
  const parts = [call.system, call.tools, call.results, call.history, call.input].map(share);
  return [shortId(call.spanId), total, Math.round(total / CHARS_PER_TOKEN), ...parts];
}

/** Where time, tokens and money went, and what filled each model call's context; at most a fifth of the budget each. */
export function tablesWithin(
  spending: readonly Spending[],
  contexts: readonly CallContext[],
  unread: number,
  budget: number,
): Tables {
  if (budget < 2_000) return { data: {}, untrusted: {}, omitted: [] };
  const room = Math.min(1_500, budget / 6);
  const rows = fit(ranked(spending).slice(0, 8).map(cells), room - 80);
  const count = Math.max(1, Math.min(6, Math.floor((room - 120) / 45)));
  const calls = sampled(contexts, count);
  const hidden = contexts.length - calls.length;
  const context = table(
    ["call", "chars", "~tokens", "system%", "tools%", "results%", "history%", "input%"],
    calls.map(contextRow),
  );
  const omitted: Omission[] = [
    ...(spending.length > rows.shown.length
      ? [
          {
            kind: "rows of where",
            count: spending.length - rows.shown.length,
            how: "get_trace with more maxTokens, or query_sql",
          },
        ]
      : []),
    ...(hidden + unread > 0
      ? [{ kind: "rows of context", count: hidden + unread, how: "get_trace with spanId of a call" }]
      : []),
  ];
  return {
    data: calls.length > 0 && sizeOf(context) <= room * 1.5 ? { context } : {},
    untrusted:
      spending.length > 1 ? { where: table(["what", "n", "self", "tokens", "cost"], [...rows.shown]) } : {},
    omitted: spending.length > 1 || hidden + unread > 0 ? omitted : [],
  };
}
