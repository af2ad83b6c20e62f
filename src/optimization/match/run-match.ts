import { AppError, invalidInput } from "../../errors.ts";
import { type JobRunner, Parked } from "../../jobs/runner.ts";
import { createLedger, type Ledger } from "../../ledger/ledger.ts";
import { SpendTotals } from "../../model/ledger.ts";
import { OptimizationSummary } from "../../model/optimization-summary.ts";
import type { OptimizationJobInput } from "../campaign/job-input.ts";
import { type CampaignHost, runCampaign } from "../campaign/run-campaign.ts";
import { Collected, collectTeacher } from "./collect.ts";
import { MatchJobInput } from "./job-input.ts";
import { purseSince, studentCosts } from "./share.ts";

/** Decisions of several campaigns in one job must not meet. */
const ledgerOf = (ledger: Ledger, optimizationId: string): Ledger => ({
  ...ledger,
  decide: (name, make) => ledger.decide(`${optimizationId}:${name}`, make),
});

const campaignOf = (
  campaign: OptimizationJobInput,
  { dataset, examples }: Collected,
): OptimizationJobInput => ({
  ...campaign,
  setup: { ...campaign.setup, dataset, examples, trainIsValidation: examples.validation === 0 },
});

type Shared = Omit<CampaignHost, "purseOf" | "costs">;

/** One student's campaign, unless it has ended before. */
async function runStudent(
  { name, campaign }: { readonly name: string; readonly campaign: OptimizationJobInput },
  left: number,
  students: number,
  { job, tools, holder, ledger }: Shared,
): Promise<Parked | null> {
  const { optimizationId } = campaign;
  const { optimizations, ledger: store } = tools.store.records;
  if ((await optimizations.get(job.projectId, optimizationId))?.endedUs) return null;
  const own = ledgerOf(ledger, optimizationId);
  const report = () => store.report(job.projectId, { scope: "job", jobId: job.id });
  const before = SpendTotals.parse(await own.decide("share", async () => ({ ...(await report()).spent })));
  const costs = studentCosts(campaign, { students, left });
  try {
    const host = { job, tools, holder, ledger: own, purseOf: purseSince(before), costs };
    const end = await runCampaign(campaign, host);
    return end instanceof Parked ? end : null;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `Student ${name}: ${error.message}`, { hint: error.hint });
  }
}

/**
 * A job of kind `match`: the teacher's answers are collected, then the students' prompts are optimized to them and to the
 * task, one campaign after the other on one budget. The look at the holdout is a job of its own.
 */
export const runMatchJob: JobRunner = async (job, tools) => {
  const parsed = MatchJobInput.safeParse(job.input);
  if (!parsed.success)
    throw invalidInput("The switch's setup is not one of this version", "Start a new one.");
  const input = parsed.data;
  const { projectId } = job;
  const { optimizations, ledger: store } = tools.store.records;
  const holder = { projectId, jobId: job.id, epoch: job.epoch };
  const ledger = createLedger({ store, holder, signal: tools.signal });
  // Once: later the teacher's code may be another.
  const collected = Collected.parse(
    await ledger.decide("teacher", async () => ({
      ...(await collectTeacher(input, { projectId, tools, ledger })),
    })),
  );
  const students = input.students.map(({ name, campaign }) => ({
    name,
    campaign: campaignOf(campaign, collected),
  }));
  // All at once, so that each can be asked to end.
  for (const { campaign } of students)
    await optimizations.create({
      id: campaign.optimizationId,
      projectId,
      jobId: job.id,
      note: campaign.note,
      setup: campaign.setup,
    });
  for (const [i, student] of students.entries()) {
    const waits = await runStudent(student, students.length - i, students.length, {
      job,
      tools,
      holder,
      ledger,
    });
    if (waits)
      return new Parked({
        match: input.matchId,
        optimization: student.campaign.optimizationId,
        student: student.name,
        campaign: i + 1,
        of: students.length,
      });
  }
  const ended = await Promise.all(
    students.map(async ({ name, campaign }) => {
      const { optimizationId } = campaign;
      const { summary } = (await optimizations.get(projectId, optimizationId)) ?? { summary: null };
      const { seed, chosen, stop } = OptimizationSummary.parse(summary);
      const scores = { validationBefore: seed, validationAfter: chosen.score, candidate: chosen.index, stop };
      return { student: name, optimization: optimizationId, ...scores };
    }),
  );
  return {
    match: input.matchId,
    ended: true,
    dataset: `${collected.dataset.name}@${collected.dataset.version}`,
    withoutAnswer: collected.without,
    students: ended,
  };
};
