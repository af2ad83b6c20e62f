import type { Spend } from "../model/ledger.ts";
import { NO_USAGE, type Usage } from "../model/span.ts";

/** What the attempts of one call used, those without a usable answer too: they were paid for as well. */
export interface Tally {
  /** A request was answered with those counts, at that price; all null when the answer did not say. */
  answered(usage: Usage, costUsd: number | null): void;
  /** A request that may have been paid for got no answer. */
  unmeasured(): void;
  report(): {
    readonly usage: Usage;
    readonly costUsd: number | null;
    readonly unmeasuredAttempts: number;
    /** Nothing, not even a call, where no attempt can have been paid for: refused connections, full queues, failed servers. */
    readonly spend: Spend;
  };
}

const add = (a: number | null, b: number | null): number | null =>
  a === null && b === null ? null : (a ?? 0) + (b ?? 0);

/** @param estimate what an attempt is charged at in `spend` whose usage is not known */
export function createTally(estimate: Spend): Tally {
  let usage: Usage = NO_USAGE;
  let known: number | null = null;
  let isPriced = true;
  let unmeasured = 0;
  let answers = 0;
  return {
    answered(more, costUsd) {
      answers += 1;
      if (more.inputTokens === null && more.outputTokens === null) {
        unmeasured += 1;
        return;
      }
      usage = {
        inputTokens: add(usage.inputTokens, more.inputTokens),
        outputTokens: add(usage.outputTokens, more.outputTokens),
        cacheReadTokens: add(usage.cacheReadTokens, more.cacheReadTokens),
        cacheWriteTokens: add(usage.cacheWriteTokens, more.cacheWriteTokens),
        reasoningTokens: add(usage.reasoningTokens, more.reasoningTokens),
      };
      known = add(known, costUsd);
      isPriced &&= costUsd !== null;
    },
    unmeasured() {
      unmeasured += 1;
    },
    report() {
      const calls = answers + unmeasured > 0 ? 1 : 0;
      const tokens = (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0) + unmeasured * estimate.tokens;
      const lost = unmeasured === 0 ? 0 : estimate.usd === null ? null : unmeasured * estimate.usd;
      return {
        usage,
        costUsd: isPriced ? known : null,
        unmeasuredAttempts: unmeasured,
        spend: { calls, tokens, usd: isPriced && lost !== null ? (known ?? 0) + lost : null },
      };
    },
  };
}
