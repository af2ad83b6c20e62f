/** At most three decimals; `unknown` for null. */
export const numberText = (value: number | null): string =>
  value === null ? "unknown" : String(Math.round(value * 1_000) / 1_000);
