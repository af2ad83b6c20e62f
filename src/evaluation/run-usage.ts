import type { ResultRun } from "../model/evaluation.ts";
import type { RunFacts } from "../model/judged-item.ts";
import type { Metered } from "../model/metered.ts";
import type { TargetRun } from "../model/target-run.ts";

type Used = Pick<ResultRun, "costUsd" | "inputTokens" | "outputTokens" | "usageFrom" | "metered">;

/** What the meter knows for sure: nothing where it saw no call, or one whose use or price is unknown. */
function knownOf(metered: Metered | null) {
  const isKnown = metered !== null && metered.calls > 0 && metered.unknown === 0;
  return {
    costUsd: isKnown && metered.unpriced === 0 ? metered.costUsd : null,
    inputTokens: isKnown ? metered.inputTokens : null,
    outputTokens: isKnown ? metered.outputTokens : null,
  };
}

/**
 * What a run used, and whose word that is: of each number the first that knows it, never a sum. The target's own result,
 * which may know costs that neither of the others can see; then our meter, which saw what the provider counted; then its
 * traces, which may lack calls that were not traced or not sent in time.
 */
export function usageOf(
  { usage, metered }: Pick<TargetRun, "usage" | "metered">,
  traced: RunFacts | null,
): Used {
  const words = [
    ["result", usage],
    ["meter", knownOf(metered)],
    ["traces", traced],
  ] as const;
  const first = (name: "costUsd" | "inputTokens" | "outputTokens") => {
    const found = words.find(([, numbers]) => (numbers?.[name] ?? null) !== null);
    return { value: found?.[1]?.[name] ?? null, from: found?.[0] ?? null };
  };
  const [cost, input, output] = [first("costUsd"), first("inputTokens"), first("outputTokens")];
  return {
    costUsd: cost.value,
    inputTokens: input.value,
    outputTokens: output.value,
    usageFrom: { cost: cost.from, tokens: input.from ?? output.from },
    ...(metered ? { metered } : {}),
  };
}
