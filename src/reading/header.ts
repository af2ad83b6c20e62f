import type { Omission } from "../model/answer.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { SessionSummary, Totals, TraceSummary } from "../model/trace.ts";
import { cut, sizeOf } from "./budget.ts";
import { shortDuration, shortMoney, shortTime } from "./format.ts";

/** An object without the fields that say nothing. */
export function compact(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  const kept = Object.entries(fields).flatMap(([key, value]): [string, Json][] => {
    const isEmpty =
      value === undefined ||
      value === null ||
      value === "" ||
      (typeof value === "object" && Object.keys(value).length === 0);
    return isEmpty ? [] : [[key, value]];
  });
  return Object.fromEntries(kept);
}

/** `3361 in (1200 cached), 55 out` */
function tokensOf(totals: Totals): string | null {
  if (totals.inputTokens === null && totals.outputTokens === null) return null;
  const cached = totals.cacheReadTokens ? ` (${totals.cacheReadTokens} cached)` : "";
  return `${totals.inputTokens ?? "?"} in${cached}, ${totals.outputTokens ?? "?"} out`;
}

/** `$0.0092 reported`; a lower bound where some calls have no price. */
function costOfTotals(totals: Totals, source: string | null): string | null {
  const unpriced =
    totals.unpricedCalls > 0
      ? `${totals.unpricedCalls} ${totals.unpricedCalls === 1 ? "call" : "calls"} unpriced`
      : null;
  if (totals.costUsd === null) return unpriced;
  const known = `${unpriced ? "at least " : ""}${shortMoney(totals.costUsd)}`;
  return [known, ...(source ? [source] : []), ...(unpriced ? [`(${unpriced})`] : [])].join(" ");
}

type Summary = TraceSummary | SessionSummary;

/** Facts that a header of a trace or session has in our own words. */
export const factsOf = (summary: Summary, costSource: string | null): JsonObject =>
  compact({
    started: shortTime(summary.startUs),
    duration: summary.endUs === null ? "not ended" : shortDuration(summary.endUs - summary.startUs),
    status: summary.status === "unset" ? undefined : summary.status,
    tokens: tokensOf(summary.totals),
    cost: costOfTotals(summary.totals, costSource),
    llmCalls: summary.totals.llmCalls || undefined,
    toolCalls: summary.totals.toolCalls || undefined,
    errors: summary.totals.errors || undefined,
  });

export interface Trimmed {
  readonly fields: JsonObject;
  readonly omitted: readonly Omission[];
}

const MAX_VALUE = 120;

/** Names from the trace, as many as fit; long values are cut, what is left out is counted. */
export function namesWithin(fields: JsonObject, max: number, how: string): Trimmed {
  let size = 2;
  let fieldsOut = 0;
  let charsOut = 0;
  const kept: [string, Json][] = [];
  for (const [key, value] of Object.entries(fields)) {
    const short = typeof value === "string" ? cut(value, MAX_VALUE) : { text: value, omittedChars: 0 };
    const cost = sizeOf(short.text) + sizeOf(key) + 2;
    if (size + cost > max) fieldsOut += 1;
    else {
      size += cost;
      charsOut += short.omittedChars;
      kept.push([key, short.text]);
    }
  }
  return {
    fields: Object.fromEntries(kept),
    omitted: [
      ...(fieldsOut > 0 ? [{ kind: "header fields", count: fieldsOut, how }] : []),
      ...(charsOut > 0 ? [{ kind: "characters of header fields", count: charsOut, how }] : []),
    ],
  };
}
