import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Context } from "../context.ts";
import { invalidInput } from "../errors.ts";
import type { Answer } from "../model/answer.ts";
import type { AssessmentSource } from "../model/assessment.ts";
import { workingFolder } from "../project.ts";
import { jobAnswer } from "./answer.ts";
import { createJob } from "./create.ts";
import { resumeJob } from "./resume.ts";

/** Seconds that a call waits for an import before it answers with the job's handle. */
const PATIENCE_S = 15;

export interface StartImport {
  readonly paths: readonly string[];
  readonly feedbackColumns?: readonly string[] | undefined;
  readonly feedbackSource: AssessmentSource;
  readonly idempotencyKey?: string | undefined;
}

/**
 * import_traces: starts a job that outlives this process and waits a little for its end, so that small files
 * answer at once and large ones with a handle.
 * @throws AppError `invalid_input` when a path does not exist.
 */
export async function startImport(
  context: Pick<Context, "store" | "project" | "jobs" | "signal" | "progress" | "allowCommands">,
  input: StartImport,
): Promise<Answer> {
  const paths = input.paths.map((path) => resolve(workingFolder(), path));
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length > 0) {
    throw invalidInput(
      `${missing.length} of ${paths.length} paths do not exist: ${missing.slice(0, 3).join(", ")}`,
      "Give absolute paths of files or folders on the machine where Evalwright runs.",
    );
  }
  const { feedbackSource, feedbackColumns } = input;
  const job = await createJob(
    context,
    { kind: "import", input: { paths, feedbackSource, feedbackColumns }, unit: "bytes" },
    input,
  );
  if (job.state === "queued" || job.state === "interrupted") await resumeJob(context, job.id);
  return jobAnswer(context, job.id, PATIENCE_S);
}
