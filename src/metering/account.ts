import type { OverBudget } from "../ledger/ledger.ts";
import type { Spend } from "../model/ledger.ts";
import { addKnown, type Metered, NOTHING_METERED } from "../model/metered.ts";
import { NO_USAGE } from "../model/span.ts";
import type { Admission, Allowance } from "./allowance.ts";
import type { AnswerRead } from "./copy.ts";
import type { AskedFor } from "./read-request.ts";
import type { Upstream } from "./upstream.ts";

/** How a call ended that was sent on. `failed`: with an error status, or without an answer. */
export type Ending =
  | { readonly how: "failed" }
  /** Wholly, or until the target or the upstream went away. */
  | ({ readonly how: "answered" } & AnswerRead);

export interface OpenCall {
  end(ending: Ending): Promise<void>;
}

/** To whom calls are attributed: a run, or what a process does between its runs. */
export interface Account {
  begin(asked: AskedFor, upstream: Upstream): Promise<OpenCall | OverBudget>;
  /** What passed so far; calls that are still under way are counted as unknown. */
  metered(): Metered;
  /** Resolves when no call is under way. */
  idle(): Promise<void>;
}

/** Output that models of this job gave so far, in tokens: what the next call is expected to give. */
export interface OutputMean {
  next(): number;
  isKnown(): boolean;
  add(tokens: number): void;
}

const FIRST_OUTPUT = 1_000;

export function createOutputMean(): OutputMean {
  let [sum, count] = [0, 0];
  return {
    isKnown: () => count > 0,
    next: () => (count === 0 ? FIRST_OUTPUT : Math.ceil(sum / count)),
    add(tokens) {
      sum += tokens;
      count += 1;
    },
  };
}

const MAX_MODELS = 10;

export function createAccount(allowance: Allowance, outputs: OutputMean): Account {
  let seen: Metered = { ...NOTHING_METERED, models: [] };
  const open = new Set<Promise<void>>();

  function estimateOf(asked: AskedFor, upstream: Upstream, written = 0): Spend {
    const { model, inputTokens, outputLimit } = asked;
    const outputTokens = written || Math.min(outputLimit ?? Number.POSITIVE_INFINITY, outputs.next());
    const usd = upstream.cost({ ...NO_USAGE, inputTokens, outputTokens }, model, null);
    return { calls: 1, tokens: inputTokens + outputTokens, usd };
  }

  /** What the call used; one that says nothing is charged by estimate, and counted as unknown. */
  function note(ending: Ending, asked: AskedFor, upstream: Upstream): Spend {
    if (ending.how === "failed") {
      seen = { ...seen, failed: seen.failed + 1 };
      return { calls: 0, tokens: 0, usd: 0 };
    }
    const { reading, written } = ending;
    seen = { ...seen, calls: seen.calls + 1, models: withModel(seen.models, reading?.model ?? asked.model) };
    if (reading === null) {
      seen = { ...seen, unknown: seen.unknown + 1 };
      if (written > 0) outputs.add(written);
      return estimateOf(asked, upstream, written);
    }
    const { inputTokens, outputTokens, cacheReadTokens } = reading.usage;
    const usd = upstream.cost(reading.usage, asked.model, reading.model);
    if (outputTokens) outputs.add(outputTokens);
    seen = {
      ...seen,
      unpriced: seen.unpriced + (usd === null ? 1 : 0),
      inputTokens: addKnown(seen.inputTokens, inputTokens ?? 0),
      cachedTokens: addKnown(seen.cachedTokens, cacheReadTokens),
      outputTokens: addKnown(seen.outputTokens, outputTokens ?? 0),
      costUsd: addKnown(seen.costUsd, usd),
    };
    return { calls: 1, tokens: (inputTokens ?? 0) + (outputTokens ?? 0), usd };
  }

  return {
    async begin(asked, upstream) {
      const estimate = estimateOf(asked, upstream);
      const admission: Admission | OverBudget = await allowance.admit(estimate);
      if ("limit" in admission) {
        seen = { ...seen, refused: seen.refused + 1 };
        return admission;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      open.add(promise);
      return {
        async end(ending) {
          try {
            await admission.settle(note(ending, asked, upstream));
          } finally {
            open.delete(promise);
            resolve();
          }
        },
      };
    },
    metered: () => ({ ...seen, calls: seen.calls + open.size, unknown: seen.unknown + open.size }),
    async idle() {
      await Promise.all(open);
    },
  };
}

const withModel = (models: readonly string[], model: string | null): string[] =>
  model === null || models.includes(model) || models.length >= MAX_MODELS ? [...models] : [...models, model];
