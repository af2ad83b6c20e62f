import { randomUUID } from "node:crypto";
import { hashOf } from "../canonical.ts";
import type { Context } from "../context.ts";
import { llmsOf } from "../evaluation/llms.ts";
import { jobAnswer } from "../jobs/answer.ts";
import { resumeJob } from "../jobs/resume.ts";
import type { Answer } from "../model/answer.ts";
import type { Json } from "../model/json.ts";
import type { Budget } from "../model/ledger.ts";
import type { CalibrationInput } from "./calibration-input.ts";
import { type CalibrateJudge, planCalibration } from "./plan.ts";
import { ASKED_AGAIN } from "./repeatability.ts";

export interface StartCalibration extends CalibrateJudge {
  readonly budget?: Budget | undefined;
  readonly dryRun: boolean;
  readonly idempotencyKey?: string | undefined;
}

const PATIENCE_S = 15;
/** Of an item with its rubric, when nothing is known of it. */
const ASSUMED_CHARS = 8_000;

/** What a calibration would take, without asking anything. */
export async function preview(plan: CalibrationInput): Promise<Answer> {
  const { judge, items, leftOut, repeats, labels } = plan;
  const asked = judge.kind === "code" ? 0 : items.length + Math.min(ASKED_AGAIN, items.length) * repeats;
  const one =
    judge.kind === "llm" && judge.model !== null
      ? (await llmsOf([judge]))(judge.model).estimate({
          messages: [{ role: "user", parts: [{ type: "text", text: "x".repeat(ASSUMED_CHARS) }] }],
        })
      : null;
  const coverage: Json = { ...leftOut };
  return {
    data: {
      dryRun: true,
      judge: judge.name,
      judgeHash: judge.hash.slice(0, 12),
      items: items.length,
      independent: new Set(items.map(({ cluster }) => cluster)).size,
      ...(labels.level ? { level: labels.level } : {}),
      leftOut: coverage,
      callsAtMost: judge.kind === "llm" ? asked : 0,
      tasksForYou: judge.kind === "assistant" ? asked : 0,
      tokensAbout: one === null ? 0 : one.tokens * asked,
      usdAbout: one === null ? 0 : one.usd === null ? "unknown" : one.usd * asked,
    },
  };
}

/** Creates the job of a calibration, without starting it. */
export async function createCalibration(
  context: Pick<Context, "store" | "project" | "now">,
  input: StartCalibration,
): Promise<{ readonly jobId: string; readonly state: string }> {
  const plan = await planCalibration(context, input);
  await context.store.records.ensureProject(context.project);
  const { idempotencyKey, ...rest } = input;
  const job = await context.store.records.jobs.create(
    {
      id: randomUUID(),
      projectId: context.project.id,
      kind: "calibration",
      input: JSON.parse(JSON.stringify(plan)),
      unit: "items",
    },
    idempotencyKey === undefined
      ? undefined
      : { key: `calibration:${idempotencyKey}`, argsHash: hashOf(JSON.parse(JSON.stringify(rest))) },
  );
  const owner = { scope: "job", jobId: job.id } as const;
  if (input.budget) await context.store.records.ledger.setBudget(context.project.id, owner, input.budget);
  return { jobId: job.id, state: job.state };
}

/** calibrate_judge: a job that outlives this process; short ones answer at once. */
export async function startCalibration(context: Context, input: StartCalibration): Promise<Answer> {
  if (input.dryRun) return preview(await planCalibration(context, input));
  const { jobId, state } = await createCalibration(context, input);
  if (state === "queued" || state === "interrupted") await resumeJob(context, jobId);
  return jobAnswer(context, jobId, PATIENCE_S);
}
