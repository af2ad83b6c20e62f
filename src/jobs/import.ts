import { z } from "zod";
import { invalidInput } from "../errors.ts";
import { AssessmentSource } from "../model/assessment.ts";
import { Json } from "../model/json.ts";
import { FORMATS } from "../telemetry/importers/contract.ts";
import { runImport } from "../telemetry/importers/run-import.ts";
import type { JobRunner } from "./runner.ts";

const Input = z.object({
  /** Absolute. */
  paths: z.array(z.string()).min(1),
  format: z.enum(FORMATS).optional(),
  feedbackColumns: z.array(z.string()).optional(),
  feedbackSource: AssessmentSource.optional(),
});
export type ImportJobInput = z.infer<typeof Input>;

/** A job of kind `import`; its result is the import's report. Progress is in bytes of files. */
export const runImportJob: JobRunner = async (job, tools) => {
  const input = Input.safeParse(job.input);
  if (!input.success) throw invalidInput("The import's arguments are not usable", "Start a new import.");
  const { paths, format, feedbackColumns, feedbackSource } = input.data;
  const report = await runImport({
    store: tools.store,
    projectId: job.projectId,
    paths,
    format,
    labels: { columns: feedbackColumns, source: feedbackSource },
    signal: tools.signal,
    onProgress: ({ done, total }) => tools.progress(done, total),
  });
  return Json.parse(report);
};
