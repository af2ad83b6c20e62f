export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Sum of products; the vectors have one length. */
export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((total, value, index) => total + value * (b[index] ?? 0), 0);

export const transpose = (matrix: readonly (readonly number[])[]): number[][] =>
  (matrix[0] ?? []).map((_, column) => matrix.map((row) => row[column] ?? 0));
