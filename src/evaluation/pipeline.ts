import { forEachConcurrent } from "../for-each.ts";
import type { ResultRow } from "../model/evaluation.ts";
import type { Example } from "../model/example.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { JudgedItem } from "../model/judged-item.ts";
import type { Verdict } from "../model/verdict.ts";
import { isMissing, itemOf, type RunRecord } from "./run-record.ts";

/** Not known yet: it waits for a task, or nothing is left to pay for it. */
export type Held = "pending" | "over_budget";

export interface Work {
  readonly example: Example;
  readonly repeat: number;
}

export interface PipelineOptions {
  readonly work: readonly Work[];
  readonly judges: readonly ResolvedJudge[];
  /** Rows that are worked on at the same time. */
  readonly concurrency: number;
  obtain(work: Work): Promise<RunRecord | Held>;
  judge(judge: ResolvedJudge, item: JudgedItem, work: Work, record: RunRecord): Promise<Verdict | Held>;
  /** The verdict of a judge on a run that says nothing about the agent. */
  missing(judge: ResolvedJudge, work: Work): Verdict;
  /** Called once a row, also when verdicts of it are not known yet: these are left out. */
  onRow(row: ResultRow): Promise<void>;
}

export interface PipelineCounts {
  rows: number;
  pending: number;
  overBudget: number;
}

const rowOf = (
  { example, repeat }: Work,
  { run }: RunRecord,
  verdicts: ResultRow["verdicts"],
): ResultRow => ({
  exampleId: example.id,
  exampleHash: example.hash,
  repeat,
  group: example.group,
  split: example.split,
  tags: example.tags,
  synthetic: example.origin.kind === "synthetic",
  run,
  verdicts,
});

/**
 * Runs and judges each example as often as wanted. A row's judges begin as soon as its run has ended; rows end in
 * any order, and nothing depends on it.
 */
export async function runPipeline(options: PipelineOptions): Promise<PipelineCounts> {
  const counts: PipelineCounts = { rows: 0, pending: 0, overBudget: 0 };
  const hold = (held: Held): void => {
    if (held === "pending") counts.pending += 1;
    else counts.overBudget += 1;
  };
  await forEachConcurrent(options.work, options.concurrency, async (work) => {
    const record = await options.obtain(work);
    if (record === "pending" || record === "over_budget") return hold(record);
    const item = itemOf(work.example, record);
    const verdicts: ResultRow["verdicts"] = {};
    const known = await Promise.all(
      options.judges.map(async (judge) => ({
        name: judge.name,
        verdict: isMissing(record.run)
          ? options.missing(judge, work)
          : await options.judge(judge, item, work, record),
      })),
    );
    for (const { name, verdict } of known) {
      if (verdict === "pending" || verdict === "over_budget") hold(verdict);
      else verdicts[name] = verdict;
    }
    counts.rows += 1;
    await options.onRow(rowOf(work, record, verdicts));
  });
  return counts;
}
