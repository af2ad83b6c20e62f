import { z } from "zod";
import { OptimizationSetup } from "../../model/optimization.ts";

/** All that a campaign's job needs; fixed when it is started. */
export const OptimizationJobInput = z.object({
  optimizationId: z.string(),
  note: z.string().nullable(),
  /** Real path of the repository: targets and programs of judges are in it. */
  repository: z.string(),
  setup: OptimizationSetup,
  source: z.object({
    /** Of the target file, relative to the repository. */
    path: z.string(),
    gitRef: z.string().nullable(),
    allowRealSideEffects: z.boolean(),
    /** False: planned for somebody who may not run programs here. */
    allowCommands: z.boolean().default(true),
  }),
  /** The working tree as a commit, for campaigns whose candidates may be code; else null. */
  seedCode: z.string().nullable(),
});
export type OptimizationJobInput = z.infer<typeof OptimizationJobInput>;
