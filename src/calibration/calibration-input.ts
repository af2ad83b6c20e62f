import { z } from "zod";
import { LabelCoverage, LabelQuery } from "../model/calibration.ts";
import { ResolvedJudge } from "../model/judge.ts";
import { LabelledItem } from "./labelled-item.ts";

/** All that a job of kind `calibration` needs, fixed when it is started. */
export const CalibrationInput = z.object({
  judge: ResolvedJudge,
  guideline: z.string().nullable(),
  labels: LabelQuery,
  items: z.array(LabelledItem).min(1),
  /** What was left out before anything was judged. */
  leftOut: LabelCoverage.pick({
    labelled: true,
    notUnderstood: true,
    tunedOn: true,
    notDrawn: true,
    outsideSample: true,
  }),
  /** Further times that some items are asked, to see whether verdicts stay the same. */
  repeats: z.int().min(0),
  /** Traffic whose pass rate is wanted too: what of it is judged, and which labelled items belong to it. */
  population: z
    .object({
      ids: z.array(z.object({ id: z.string(), cluster: z.string() })),
      level: z.enum(["traces", "sessions"]),
      matching: z.int().nullable(),
      /** With one over their chance of being labelled, relative to each other. */
      labelled: z.array(z.object({ id: z.string(), weight: z.number().positive() })),
      /** What is known of these chances, in our words. */
      chances: z.string(),
    })
    .nullable(),
  repository: z.string(),
  seed: z.string(),
});
export type CalibrationInput = z.infer<typeof CalibrationInput>;
