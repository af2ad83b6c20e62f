import { z } from "zod";
import { Json } from "./json.ts";

/** `interrupted` is never stored: it is a running job whose lease ran out or whose process has died. */
export const JobState = z.enum([
  "queued",
  "running",
  "waiting",
  "done",
  "failed",
  "cancelled",
  "interrupted",
]);
export type JobState = z.infer<typeof JobState>;

export const Job = z.object({
  id: z.string(),
  projectId: z.string(),
  kind: z.string(),
  state: JobState,
  input: Json,
  /** Work done so far, in `unit`s; total is null while unknown. */
  done: z.number(),
  total: z.number().nullable(),
  unit: z.string(),
  /** Partial while running, final when done. */
  result: Json,
  error: z.string().nullable(),
  createdUs: z.number().int(),
  updatedUs: z.number().int(),
  /** Raised by each claim; a write that carries an older one is refused. */
  epoch: z.number().int(),
  leaseUntilUs: z.number().int().nullable(),
  cancelRequested: z.boolean(),
});
export type Job = z.infer<typeof Job>;
