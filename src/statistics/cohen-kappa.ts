import { agreementWeights, type WeightKind } from "./agreement-weights.ts";
import { clip, type Interval } from "./interval.ts";
import { dot, sum, transpose } from "./matrix.ts";
import { twoSidedZ } from "./normal.ts";

export interface CohenKappa {
  /** Weighted share of agreement, and what chance would give. */
  readonly agreement: number;
  readonly byChance: number;
  /** NaN when chance agreement is complete: both raters used one category only. */
  readonly kappa: number;
  /** Asymptotic, for the true kappa (not for a test of 0). */
  readonly standardError: number;
  readonly interval: Interval;
}

/**
 * Cohen's kappa of two raters, weighted if asked (Cohen 1960, 1968), with the asymptotic standard error of Fleiss, Cohen
 * and Everitt (Psychological Bulletin 72, 1969). `table` holds counts: rows are the first rater's categories, columns
 * the second's, in one order. It falls with prevalence as well as with disagreement: give `gwet` beside it.
 */
export function cohenKappa(
  table: readonly (readonly number[])[],
  options: { readonly weights?: WeightKind; readonly level?: number } = {},
): CohenKappa {
  const { weights = "identity", level = 0.95 } = options;
  const n = sum(table.map(sum));
  const shares = table.map((row) => row.map((count) => count / n));
  const w = agreementWeights(weights, table.length);
  const rows = shares.map(sum);
  const columns = transpose(shares).map(sum);
  const rowWeights = w.map((row) => dot(row, columns));
  const columnWeights = transpose(w).map((column) => dot(column, rows));
  const agreement = sum(shares.map((row, i) => dot(row, w[i] ?? [])));
  const byChance = dot(rows, rowWeights);
  const kappa = (agreement - byChance) / (1 - byChance);
  const spread = sum(
    shares.map((row, i) =>
      dot(
        row,
        row.map(
          (_, j) => ((w[i]?.[j] ?? 0) - ((rowWeights[i] ?? 0) + (columnWeights[j] ?? 0)) * (1 - kappa)) ** 2,
        ),
      ),
    ),
  );
  const variance = (spread - (kappa - byChance * (1 - kappa)) ** 2) / (n * (1 - byChance) ** 2);
  const standardError = Math.sqrt(Math.max(0, variance));
  const half = twoSidedZ(1 - level) * standardError;
  return {
    agreement,
    byChance,
    kappa,
    standardError,
    interval: clip({ low: kappa - half, high: kappa + half, level }, -1, 1),
  };
}
