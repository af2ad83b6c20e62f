import type { Interval } from "./interval.ts";
import { mean } from "./mean.ts";
import { studentTQuantile } from "./student-t.ts";

/** Values by cluster; every cluster has at least one. */
export type Clusters = readonly (readonly number[])[];

/**
 * Clustered standard error of the mean over all values (Miller, "Adding error bars to evals", arXiv 2411.00640,
 * appendix A): the square root of the sum of squared cluster totals of residuals, over n. `smallSample` multiplies the
 * variance by C / (C - 1) for C clusters, without which few clusters look too certain; NaN then for one cluster.
 */
export function clusteredStandardError(
  clusters: Clusters,
  options: { readonly smallSample: boolean } = { smallSample: true },
): number {
  const values = clusters.flat();
  const centre = mean(values);
  let squares = 0;
  for (const cluster of clusters) squares += cluster.reduce((total, value) => total + value - centre, 0) ** 2;
  const factor = options.smallSample ? clusters.length / (clusters.length - 1) : 1;
  return Math.sqrt(factor * squares) / values.length;
}

/** Student's t interval of the mean over all values, from the clustered standard error, with C - 1 degrees of freedom. */
export function clusteredTInterval(clusters: Clusters, level = 0.95): Interval {
  const centre = mean(clusters.flat());
  if (clusters.length < 2) return { low: -Infinity, high: Infinity, level };
  const half = studentTQuantile((1 + level) / 2, clusters.length - 1) * clusteredStandardError(clusters);
  return { low: centre - half, high: centre + half, level };
}

/**
 * Intraclass correlation ICC(1) from one-way analysis of variance (Shrout and Fleiss 1979; unequal sizes by Donner
 * 1986): the correlation of two values of one cluster. NaN without two clusters, a cluster of two, or any variance.
 */
export function intraclassCorrelation(clusters: Clusters): number {
  const values = clusters.flat();
  const centre = mean(values);
  let between = 0;
  let within = 0;
  for (const cluster of clusters) {
    const own = mean(cluster);
    between += cluster.length * (own - centre) ** 2;
    for (const value of cluster) within += (value - own) ** 2;
  }
  const n = values.length;
  const groups = clusters.length;
  const squaredSizes = clusters.reduce((sum, cluster) => sum + cluster.length ** 2, 0);
  const typicalSize = (n - squaredSizes / n) / (groups - 1);
  const meanBetween = between / (groups - 1);
  const meanWithin = within / (n - groups);
  return (meanBetween - meanWithin) / (meanBetween + (typicalSize - 1) * meanWithin);
}

/**
 * Design effect 1 + (m - 1) ICC (Kish 1965), m the mean cluster size weighted by size: how many times more variance
 * the mean has than with as many independent values.
 */
export function designEffect(clusters: Clusters): number {
  const n = clusters.reduce((sum, cluster) => sum + cluster.length, 0);
  const weightedSize = clusters.reduce((sum, cluster) => sum + cluster.length ** 2, 0) / n;
  return 1 + (weightedSize - 1) * intraclassCorrelation(clusters);
}
