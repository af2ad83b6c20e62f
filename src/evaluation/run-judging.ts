import { stamped, trustOf } from "../calibration/judge-trust.ts";
import { invalidInput } from "../errors.ts";
import { forEachConcurrent } from "../for-each.ts";
import { type JobRunner, Parked } from "../jobs/runner.ts";
import type { Assessment } from "../model/assessment.ts";
import type { EvaluationSetup } from "../model/evaluation.ts";
import type { Job } from "../model/job.ts";
import { Json } from "../model/json.ts";
import type { Verdict } from "../model/verdict.ts";
import type { Store } from "../store/store.ts";
import { ceilingsOf } from "./ceilings.ts";
import { type JudgingTools, judgeItem } from "./judge-item.ts";
import { JudgingJobInput } from "./judging-input.ts";
import { judgingOf, refuseOverBudget } from "./judging-of.ts";
import type { Held } from "./pipeline.ts";
import { recordedItem, recordingOf, type Where } from "./recorded-item.ts";
import { createSummary } from "./summarize.ts";
import { feedbackOf } from "./verdict-feedback.ts";
import { JUDGE_COLUMNS, judgeRow } from "./words.ts";

const AT_ONCE = 64;
const FEEDBACK_AT_ONCE = 200;

const NO_TARGET = {
  configHash: "",
  treeHash: null,
  commit: null,
  dirty: false,
  gitRef: null,
  changed: false,
};

/** Traces are summed up as examples are: one each, those of a session together. */
const setupOf = ({ judges, seed }: JudgingJobInput): EvaluationSetup => ({
  dataset: { name: "traces", version: 1, hash: "" },
  splits: ["train"],
  target: { kind: "recorded", name: "traces", environmentHash: null, ...NO_TARGET },
  judges,
  primary: judges[0]?.name ?? "",
  repeats: 1,
  seed,
  prompts: {},
  reuse: null,
  pair: null,
});

interface Judged {
  readonly verdicts: Record<string, Verdict>;
  readonly held: readonly Held[];
  readonly feedback: readonly Assessment[];
}

async function judgeOne(
  store: Store,
  job: Job,
  input: JudgingJobInput,
  id: string,
  judging: JudgingTools,
  onRow: (row: Parameters<ReturnType<typeof createSummary>["add"]>[0]) => void,
): Promise<Judged> {
  const where: Where = input.level === "sessions" ? { sessionId: id } : { traceId: id };
  const recorded = await recordedItem(store, job.projectId, where);
  if (!recorded) return { verdicts: {}, held: [], feedback: [] };
  const { item, example, record } = recorded;
  const sources = [where];
  const verdicts: Record<string, Verdict> = {};
  const held: Held[] = [];
  const said = await Promise.all(
    input.judges.map((judge) => judgeItem(judge, item, sources, judging, recordingOf(where))),
  );
  for (const [i, { name }] of input.judges.entries()) {
    const verdict = said[i];
    if (verdict === "pending" || verdict === "over_budget") held.push(verdict);
    else if (verdict) verdicts[name] = verdict;
  }
  const { group, split, tags } = example;
  onRow({
    exampleId: id,
    exampleHash: id,
    repeat: 0,
    group,
    split,
    tags,
    synthetic: false,
    run: record.run,
    verdicts,
  });
  const feedback = input.judges.flatMap((judge) => {
    const verdict = verdicts[judge.name];
    return verdict ? feedbackOf(judge, verdict, where, job.createdUs) : [];
  });
  return { verdicts, held, feedback };
}

/** A job of kind `judging`: verdicts on traces or sessions that already happened, kept as feedback on them. */
export const runJudgingJob: JobRunner = async (job, tools) => {
  const parsed = JudgingJobInput.safeParse(job.input);
  if (!parsed.success)
    throw invalidInput("The judging's setup is not one of this version", "Start a new one.");
  const input = parsed.data;
  const { store, signal } = tools;
  const judging = await judgingOf(job, tools, input.judges, input.repository, { seed: input.seed });
  const summary = createSummary(setupOf(input));
  const feedback: Assessment[] = [];
  const held: Held[] = [];
  let done = 0;
  await forEachConcurrent(input.ids, AT_ONCE, async (id) => {
    signal.throwIfAborted();
    const judged = await judgeOne(store, job, input, id, judging, summary.add);
    feedback.push(...judged.feedback);
    held.push(...judged.held);
    done += 1;
    tools.progress(done, input.ids.length);
  });
  for (let from = 0; from < feedback.length; from += FEEDBACK_AT_ONCE)
    await store.traces.addAssessments(job.projectId, feedback.slice(from, from + FEEDBACK_AT_ONCE));
  const owner = { scope: "job", jobId: job.id } as const;
  const { spent } = await store.records.ledger.report(job.projectId, owner);
  const trust = await trustOf(store.records.versions, job.projectId, input.judges, Date.now() * 1_000);
  const summaries = stamped(summary.result({ spent, answerer: null, notes: [] }).judges, trust);
  const judges = { columns: JUDGE_COLUMNS, rows: summaries.map(judgeRow) };
  const result = Json.parse(
    JSON.parse(
      JSON.stringify({
        judged: done,
        matching: input.matching,
        feedback: feedback.length,
        judges,
        ...ceilingsOf(input.judges, judging.llmOf),
        spent,
      }),
    ),
  );
  refuseOverBudget(held, judging.ledger);
  return held.length > 0 ? new Parked(result) : result;
};
