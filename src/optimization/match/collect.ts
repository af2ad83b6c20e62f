import { z } from "zod";
import { hashOfContent } from "../../datasets/draft.ts";
import { readAllExamples } from "../../datasets/merge.ts";
import { hashOfVersion } from "../../datasets/version-hash.ts";
import { AppError } from "../../errors.ts";
import { openRuns } from "../../evaluation/open-runs.ts";
import type { Held } from "../../evaluation/pipeline.ts";
import type { RunRecord } from "../../evaluation/run-record.ts";
import { forEachConcurrent } from "../../for-each.ts";
import type { JobTools } from "../../jobs/runner.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { overBudget } from "../../ledger/used-up.ts";
import type { Example } from "../../model/example.ts";
import { OptimizationSetup } from "../../model/optimization.ts";
import { type MatchJobInput, TEACHER } from "./job-input.ts";

/** The dataset of a teacher's answers. */
export const Collected = z.object({
  dataset: OptimizationSetup.shape.dataset,
  examples: OptimizationSetup.shape.examples,
  /** Examples that the teacher gave no answer to; those of the holdout stay, since they count in the comparison. */
  without: z.int(),
});
export type Collected = z.infer<typeof Collected>;

interface Collecting {
  readonly projectId: string;
  readonly tools: JobTools;
  readonly ledger: Ledger;
}

const NAME_CHARS = 80;

/** Under which a teacher's runs are recorded. */
export const teacherScope = (matchId: string): string => `${matchId}.teacher`;

const taught = (example: Example, record: RunRecord | undefined): Example | null => {
  const answer = record?.run.status === "ok" ? record.run.output : null;
  if (answer === null) return example.split === "holdout" ? example : null;
  const content = { ...example, expectations: { ...example.expectations, [TEACHER]: answer } };
  return { ...content, hash: hashOfContent(content) };
};

async function obtainAll(
  input: MatchJobInput,
  examples: readonly Example[],
  { projectId, tools, ledger }: Collecting,
): Promise<ReadonlyMap<string, RunRecord>> {
  const { matchId, repository, teacher, students } = input;
  const [first] = students;
  if (!first) throw new Error("a switch has a student");
  const { setup } = first.campaign;
  const runs = await openRuns(teacher.source, {
    evaluationId: teacherScope(matchId),
    repository,
    projectId,
    setup: {
      ...setup,
      splits: input.splits,
      target: teacher.target,
      repeats: 1,
      prompts: {},
      reuse: null,
      pair: null,
    },
    store: tools.store,
    ledger,
    log: tools.log,
    signal: tools.signal,
    prompts: {},
  });
  const records = new Map<string, RunRecord>();
  let held = 0;
  try {
    await forEachConcurrent(examples, runs.concurrency, async (example) => {
      const record: RunRecord | Held = await runs.obtain({ example, repeat: 0 });
      if (record === "pending" || record === "over_budget") held += 1;
      else records.set(example.id, record);
      tools.progress(records.size, examples.length, { match: matchId, step: "the teacher's answers" });
    });
  } finally {
    await runs.close();
  }
  tools.signal.throwIfAborted();
  if (held > 0) throw overBudget(held, records.size, ledger.counts);
  return records;
}

/**
 * Runs the teacher once on every example, or takes what was recorded, and keeps its answers as the expectation `teacher`
 * of a dataset of their own, with the same ids, groups and splits: sealed where the original is.
 * @throws AppError `refused` when it answers nothing, or the budget is used up.
 */
export async function collectTeacher(input: MatchJobInput, host: Collecting): Promise<Collected> {
  const { dataset, matchId, splits, teacher } = input;
  const { tools, projectId } = host;
  const examples = await readAllExamples(tools.store, projectId, dataset.name, dataset.version, splits);
  const records = await obtainAll(input, examples, host);
  const kept = examples.flatMap((example) => taught(example, records.get(example.id)) ?? []);
  const without = examples.filter(({ id }) => records.get(id)?.run.status !== "ok").length;
  const count = (split: Example["split"]) => kept.filter((example) => example.split === split).length;
  if (count("train") === 0 || without === examples.length)
    throw new AppError(
      "refused",
      `The teacher answered ${examples.length - without} of ${examples.length} examples`,
      {
        hint:
          teacher.source.kind === "recorded"
            ? "Nothing else is recorded for them: name a target file as teacher, or save a dataset from traces."
            : "Run it once with run_evaluation and mend what it says.",
      },
    );
  const suffix = `.${matchId}`;
  const { version } = await tools.store.records.datasets.save(
    {
      projectId,
      name: `${dataset.name.slice(0, NAME_CHARS - suffix.length)}${suffix}`,
      hash: hashOfVersion(kept),
      note: `${dataset.name}@${dataset.version} with the answers of ${teacher.name}`.slice(0, 500),
    },
    kept,
  );
  return {
    dataset: { name: version.name, version: version.version, hash: version.hash },
    examples: { train: count("train"), validation: count("validation"), holdout: count("holdout") },
    without,
  };
}
