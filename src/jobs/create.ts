import { randomUUID } from "node:crypto";
import { hashOf } from "../canonical.ts";
import type { Context } from "../context.ts";
import type { Job } from "../model/job.ts";
import type { Budget } from "../model/ledger.ts";

/** What a call that starts a job may say of it, beside what its work is. */
export interface JobTerms {
  readonly budget?: Budget | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface NewJob {
  readonly kind: string;
  /** All that its process needs; kept as JSON. */
  readonly input: unknown;
  readonly unit: string;
  /** Whose keys they are, where one call starts jobs of several kinds; default the kind. */
  readonly keysOf?: string | undefined;
}

/**
 * Creates the job of a call, without starting it, and sets its budget. The same call with its key again is the same job.
 * @param call the call's arguments.
 * @throws AppError `idempotency_conflict` when the key was used with others.
 */
export async function createJob(
  { store, project }: Pick<Context, "store" | "project">,
  { kind, input, unit, keysOf = kind }: NewJob,
  call: JobTerms,
): Promise<Job> {
  const { records } = store;
  await records.ensureProject(project);
  const { idempotencyKey, ...rest } = call;
  const job = await records.jobs.create(
    { id: randomUUID(), projectId: project.id, kind, input: JSON.parse(JSON.stringify(input)), unit },
    idempotencyKey === undefined
      ? undefined
      : { key: `${keysOf}:${idempotencyKey}`, argsHash: hashOf(JSON.parse(JSON.stringify(rest))) },
  );
  if (call.budget) await records.ledger.setBudget(project.id, { scope: "job", jobId: job.id }, call.budget);
  return job;
}
