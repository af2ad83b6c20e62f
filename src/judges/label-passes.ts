import type { ResolvedJudge } from "../model/judge.ts";

/** Of a judge's labels those that pass or fail; the threshold holds before a verdict is turned around. */
export const labelPasses = ({
  labels,
  threshold,
  negate,
}: Pick<ResolvedJudge, "labels" | "threshold" | "negate">): Readonly<Record<string, boolean>> =>
  Object.fromEntries(
    labels.flatMap(({ label, value }) =>
      value === null || threshold === null ? [] : [[label, value >= threshold !== negate]],
    ),
  );
