import type { OptimizationSetup } from "../../model/optimization.ts";
import type { OptimizationSummary } from "../../model/optimization-summary.ts";

export const TRAIN_IS_VALIDATION =
  "TRAIN IS VALIDATION: what is reflected on also decides, so that every score outside the holdout is too good";

/** Stands beside every score of such a campaign, so that none is read without it. */
export const trainWarning = ({
  trainIsValidation,
}: Pick<OptimizationSetup, "trainIsValidation">): { readonly warning?: string } =>
  trainIsValidation ? { warning: TRAIN_IS_VALIDATION } : {};

/** Who writes the candidates judges them too: shown, and not verified. */
export const isSelfJudged = ({
  proposer,
  judges,
  primary,
}: Pick<OptimizationSetup, "proposer" | "judges" | "primary">): boolean =>
  proposer === "assistant" && judges.find(({ name }) => name === primary)?.kind === "assistant";

/** Why numbers from sealed examples verify nothing; null: they do. */
export function whyNotVerified(
  setup: Parameters<typeof isSelfJudged>[0],
  { changed }: Pick<OptimizationSummary, "changed">,
): string | null {
  if (isSelfJudged(setup)) return "the writer of the candidates judged them itself";
  return changed.length > 0 ? "what it was measured with changed in between" : null;
}
