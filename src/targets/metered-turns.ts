import { addKnown, type Metered } from "../model/metered.ts";
import type { TargetRun } from "../model/target-run.ts";

/** What passed in all turns together; null for a target that is not metered. */
export const addMetered = (turns: readonly TargetRun[]): Metered | null =>
  turns.reduce<Metered | null>(
    (sum, { metered }) => (sum === null || metered === null ? (sum ?? metered) : added(sum, metered)),
    null,
  );

const added = (a: Metered, b: Metered): Metered => ({
  calls: a.calls + b.calls,
  unknown: a.unknown + b.unknown,
  unpriced: a.unpriced + b.unpriced,
  failed: a.failed + b.failed,
  refused: a.refused + b.refused,
  inputTokens: addKnown(a.inputTokens, b.inputTokens),
  cachedTokens: addKnown(a.cachedTokens, b.cachedTokens),
  outputTokens: addKnown(a.outputTokens, b.outputTokens),
  costUsd: addKnown(a.costUsd, b.costUsd),
  models: [...new Set([...a.models, ...b.models])],
});
