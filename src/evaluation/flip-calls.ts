import type { Context } from "../context.ts";
import type { NextCall } from "../model/answer.ts";
import type { Comparison } from "../model/comparison.ts";
import type { ResultRow } from "../model/evaluation.ts";
import { rowsOf } from "./find.ts";

type Reading = Pick<Context, "store" | "project">;

async function firstRun(
  context: Reading,
  evaluationId: string,
  exampleId: string,
): Promise<ResultRow["run"] | undefined> {
  for await (const row of rowsOf(context, evaluationId)) if (row.exampleId === exampleId) return row.run;
  return undefined;
}

/** Of a run of several turns its session, of another its trace. */
const idOf = ({ sessionId, traceIds }: ResultRow["run"]): string | undefined =>
  traceIds.length > 1 && sessionId !== null ? sessionId : traceIds[0];

/** The two runs of an example that the candidate lost, step by step; empty where they have no traces. */
export async function flipCalls(context: Reading, comparison: Comparison): Promise<NextCall[]> {
  const lost = comparison.judges.find(({ primary }) => primary)?.lostIds[0];
  if (lost === undefined) return [];
  const runs = await Promise.all(
    [comparison.baseline, comparison.candidate].map((id) => firstRun(context, id, lost)),
  );
  const [before, after] = runs.map((run) => (run ? idOf(run) : undefined));
  if (before === undefined || after === undefined) return [];
  return [
    {
      tool: "get_record",
      arguments: { kind: "trace_diff", id: `${before}..${after}` },
      why: "an example that the candidate lost: where its two runs part",
    },
  ];
}
