import { EVALUATION_TAG, EXAMPLE_TAG } from "../model/evaluation-tag.ts";
import { ABSENT, type Span } from "../model/span.ts";
import type { TargetRun } from "../model/target-run.ts";

/** Which run it was. */
export interface RunName {
  /** Id of the evaluation or campaign. */
  readonly label: string;
  readonly exampleId: string;
}

/**
 * The span that a run's own spans name as their parent, so that its trace has a root: how long the run took and how it
 * ended. What went in and out is on the agent's spans and in the evaluation's row.
 */
export function runSpan(run: TargetRun, { label, exampleId }: RunName): Span {
  const isOk = run.status === "ok";
  return {
    traceId: run.traceId,
    spanId: run.spanId,
    ...ABSENT,
    name: "evaluation run",
    kind: "workflow",
    startUs: run.startedUs,
    endUs: run.startedUs + run.durationMs * 1_000,
    status: isOk ? "ok" : "error",
    statusMessage: isOk ? null : run.reason,
    errorType: isOk ? null : run.status,
    scope: "evalwright",
    tags: { [EVALUATION_TAG]: label, [EXAMPLE_TAG]: exampleId },
    source: { attributes: {}, resource: {}, events: [], links: [] },
  };
}
