import { EVALUATION_TAG, EXAMPLE_TAG } from "../model/evaluation-tag.ts";
import { NO_CONTENT, NO_USAGE, type Span } from "../model/span.ts";
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
    parentSpanId: null,
    name: "evaluation run",
    kind: "workflow",
    startUs: run.startedUs,
    endUs: run.startedUs + run.durationMs * 1_000,
    status: isOk ? "ok" : "error",
    statusMessage: isOk ? null : run.reason,
    errorType: isOk ? null : run.status,
    service: null,
    scope: "evalwright",
    sessionId: null,
    userId: null,
    agentName: null,
    provider: null,
    model: null,
    toolName: null,
    toolCallId: null,
    finishReasons: [],
    usage: NO_USAGE,
    costUsd: null,
    costSource: null,
    timeToFirstTokenMs: null,
    responseId: null,
    prompts: [],
    release: null,
    commit: null,
    tags: { [EVALUATION_TAG]: label, [EXAMPLE_TAG]: exampleId },
    findings: [],
    content: NO_CONTENT,
    source: { attributes: {}, resource: {}, events: [], links: [] },
  };
}
