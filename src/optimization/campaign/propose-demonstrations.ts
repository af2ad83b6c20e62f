import { demonstrationProposals } from "../reflection/demonstrations.ts";
import type { Evaluator } from "./evaluate.ts";
import type { Propose, ProposerOptions } from "./propose.ts";

/** Examples picked from the good runs seen so far: no model is asked. */
export function demonstrationProposer(
  evaluator: Pick<Evaluator, "training">,
  { specs, seed }: ProposerOptions,
): Propose {
  return async (order) => {
    const proposals = demonstrationProposals(order, evaluator.training(), { components: specs, seed });
    return (
      proposals[order.slot % Math.max(1, proposals.length)] ?? {
        state: "failed",
        reason: "no run is good enough to be shown",
      }
    );
  };
}
