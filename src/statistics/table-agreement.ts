import { dot, sum, transpose } from "./matrix.ts";

export interface TableAgreement {
  readonly agreement: number;
  /** Cohen's; NaN when both raters used one category only. */
  readonly kappa: number;
  /** Agreement by chance, as kappa has it. */
  readonly kappaChance: number;
  /** Gwet's. */
  readonly ac1: number;
  readonly ac1Chance: number;
}

/**
 * Agreement, Cohen's kappa (1960) and Gwet's AC1 (2008) of two raters from their cross-table alone, whose counts may be
 * weighted: what a resampling of tables needs. `cohenKappa` and `gwet` give the same values with standard errors.
 */
export function tableAgreement(table: readonly (readonly number[])[]): TableAgreement {
  const n = sum(table.map(sum));
  const rows = table.map((row) => sum(row) / n);
  const columns = transpose(table).map((column) => sum(column) / n);
  const agreement = sum(table.map((row, i) => row[i] ?? 0)) / n;
  const byChance = dot(rows, columns);
  const prevalence = rows.map((share, k) => (share + (columns[k] ?? 0)) / 2);
  const gwetChance = sum(prevalence.map((share) => share * (1 - share))) / (table.length - 1);
  return {
    agreement,
    kappa: (agreement - byChance) / (1 - byChance),
    kappaChance: byChance,
    ac1: (agreement - gwetChance) / (1 - gwetChance),
    ac1Chance: gwetChance,
  };
}
