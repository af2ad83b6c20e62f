import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "../../context.ts";
import { AppError, invalidInput } from "../../errors.ts";
import { rounded } from "../../evaluation/words.ts";
import { resumeJob } from "../../jobs/resume.ts";
import type { Answer } from "../../model/answer.ts";
import type { Json } from "../../model/json.ts";
import type { Task } from "../../model/ledger.ts";
import type { Optimization } from "../../model/optimization.ts";
import { workingFolder } from "../../project.ts";
import { findRepository } from "../../targets/repository.ts";
import { commitWorkingTree } from "../../targets/working-tree.ts";
import { trainWarning } from "./caveats.ts";
import type { StoredEvent } from "./events.ts";
import { findOptimization, readEvents } from "./find.ts";
import { OptimizationJobInput } from "./job-input.ts";

export interface TryCandidate {
  readonly optimization: string;
  readonly components?: Readonly<Record<string, string>> | undefined;
  readonly workingTree: boolean;
  readonly hypothesis: string;
}

const POLL_MS = 200;
const PATIENCE_MS = 18_000;
const SETTLED = new Set(["waiting", "done", "failed", "cancelled", "interrupted"]);

/** The order that waits for a candidate; the campaign may be on its way to it. */
async function openOrder(context: Context, { jobId, id }: Optimization): Promise<Task> {
  const { ledger, jobs } = context.store.records;
  const projectId = context.project.id;
  for (const until = Date.now() + PATIENCE_MS; ; await sleep(POLL_MS)) {
    const { items } = await ledger.listTasks({
      projectId,
      jobId,
      kind: "candidate",
      state: "open",
      limit: 20,
    });
    // Campaigns of one model switch share a job.
    const own = items.find((task) => task.id.startsWith(`c-${id}-`));
    const job = await jobs.get(projectId, jobId);
    if (own && job?.state === "waiting") return own;
    const isOver = job !== undefined && SETTLED.has(job.state);
    if (isOver || Date.now() > until || context.signal.aborted)
      throw new AppError(
        "conflict",
        `Campaign ${id} does not wait for a candidate (its job is ${job?.state ?? "gone"})`,
        {
          hint:
            job?.state === "waiting"
              ? "It waits for verdicts: get_tasks, then submit_answers."
              : (job?.error ?? `get_job with ${jobId} shows what it is doing.`),
        },
      );
  }
}

function checkedComponents({ setup }: Optimization, input: TryCandidate): Record<string, string> {
  const components = { ...input.components };
  const known = setup.components.map(({ name }) => name);
  const unknown = Object.keys(components).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw invalidInput(
      `The campaign has no text "${unknown.slice(0, 80)}"`,
      `It may change: ${known.join(", ") || "code only"}.`,
    );
  if (Object.keys(components).length === 0 && !input.workingTree)
    throw invalidInput(
      "Nothing is to be tried",
      `Give components (${known.join(", ") || "none here"}), or workingTree: true for edits of files.`,
    );
  return components;
}

async function codeOf(
  context: Context,
  optimization: Optimization,
  input: TryCandidate,
): Promise<string | null> {
  if (!input.workingTree) return null;
  const job = await context.store.records.jobs.get(context.project.id, optimization.jobId);
  const parsed = OptimizationJobInput.safeParse(job?.input);
  if (!parsed.success || parsed.data.seedCode === null)
    throw invalidInput(
      "This campaign changes texts only",
      "Start one with code: true to let edits of files be candidates.",
    );
  const repository = await findRepository(workingFolder());
  if (repository.root !== parsed.data.repository)
    throw invalidInput(
      "This folder is not the campaign's repository",
      "Call from the repository that it was started in.",
    );
  return commitWorkingTree(repository, `${optimization.id}/${Date.now().toString(36)}`, input.hypothesis);
}

const ended = (event: StoredEvent): boolean =>
  event.kind === "accepted" || event.kind === "rejected" || event.kind === "failed";

/** What became of the candidate: the first decision after the events that were there before. */
async function decision(
  context: Context,
  optimization: Optimization,
  from: number,
): Promise<StoredEvent | undefined> {
  for (
    const until = Date.now() + PATIENCE_MS;
    Date.now() < until && !context.signal.aborted;
    await sleep(POLL_MS)
  ) {
    const found = (await readEvents(context, optimization.id, from)).find(ended);
    if (found) return found;
    const job = await context.store.records.jobs.get(context.project.id, optimization.jobId);
    if (job?.state === "failed")
      throw new AppError("unavailable", `The campaign's job failed: ${job.error ?? "no reason is known"}`, {
        hint: `manage_job with ${optimization.jobId} and resume goes on where it was; the candidate is kept.`,
      });
    if (job && SETTLED.has(job.state)) return undefined;
  }
  return undefined;
}

function decisionData(event: StoredEvent): Record<string, Json> {
  const { rollouts, proposals, best } = event.progress;
  const progress = { bestOnValidation: rounded(best), cases: rollouts, proposals };
  if (event.kind === "accepted") {
    const { index, parents, mean, estimate, coverage, length } = event.entry;
    // The mean of a part is not the number that candidates are compared by: elsewhere validation is the estimate.
    const score = {
      validation: rounded(estimate),
      ...(coverage < 1
        ? { validationSoFar: `${rounded(mean)} on the ${Math.round(coverage * 100)} % looked at` }
        : {}),
      characters: length,
    };
    return {
      decision: "accepted",
      candidate: index,
      parent: parents[0] ?? 0,
      ...score,
      trainFlips: event.flips,
      ...progress,
    };
  }
  if (event.kind === "rejected") {
    const { reason, detail, before, after, parent } = event.edit;
    const scores = { parent, before: rounded(before), after: rounded(after) };
    return {
      decision: "rejected",
      reason,
      ...(detail === null ? {} : { detail }),
      ...scores,
      trainFlips: event.flips,
      ...progress,
    };
  }
  return { decision: "rejected", reason: event.kind === "failed" ? event.reason : "skipped", ...progress };
}

/**
 * try_candidate: answers the campaign's open work order with new texts, or with the working tree as it is, and waits for
 * what the gate says. The same order answered through submit_answers comes to the same.
 * @throws AppError `conflict` when the campaign does not wait for a candidate.
 */
export async function tryCandidate(context: Context, input: TryCandidate): Promise<Answer> {
  const optimization = await findOptimization(context, input.optimization);
  if (optimization.setup.proposer !== "assistant")
    throw invalidInput(
      `Campaign ${optimization.id} writes its own candidates`,
      "Start one with proposer assistant to try yours.",
    );
  const components = checkedComponents(optimization, input);
  const task = await openOrder(context, optimization);
  const from = (await readEvents(context, optimization.id)).length;
  const code = await codeOf(context, optimization, input);
  const { ledger } = context.store.records;
  const { outcomes } = await ledger.answerTasks(context.project.id, [
    {
      taskId: task.id,
      code: task.code,
      answer: { components, code, hypothesis: input.hypothesis },
      by: "coding_agent",
    },
  ]);
  if (outcomes[0] !== "accepted")
    throw new AppError("conflict", "Somebody else answered this order meanwhile", {
      hint: "Look again with get_tasks.",
    });
  await resumeJob(context, optimization.jobId);
  const event = await decision(context, optimization, from);
  const next = [
    {
      tool: "get_tasks",
      arguments: { jobId: optimization.jobId },
      why: "the next order, with what fails now",
    },
    {
      tool: "finish_optimization",
      arguments: { optimization: optimization.id },
      why: "when you have nothing more to try",
    },
  ];
  if (event)
    return {
      data: { optimization: optimization.id, ...trainWarning(optimization.setup), ...decisionData(event) },
      next,
    };
  return {
    data: { optimization: optimization.id, decision: "pending", jobId: optimization.jobId },
    next: [
      {
        tool: "get_job",
        arguments: { jobId: optimization.jobId, waitSeconds: 20 },
        why: "it is being evaluated",
      },
      ...next.slice(0, 1),
    ],
  };
}
