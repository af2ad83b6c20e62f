import { z } from "zod";
import { LabelQuery } from "../model/calibration.ts";
import { JudgeSpec, ResolvedJudge } from "../model/judge.ts";
import { LabelledItem } from "./labelled-item.ts";

/** All that a job of kind `alignment` needs, fixed when it is started. */
export const AlignInput = z.object({
  judge: ResolvedJudge,
  /** What its author wrote; the next version is made of it. */
  spec: JudgeSpec,
  labels: LabelQuery,
  /** What is learnt from, and what the outcome is measured on: no group is in both. */
  training: z.array(LabelledItem).min(1),
  heldOut: z.array(LabelledItem).min(1),
  repository: z.string(),
});
export type AlignInput = z.infer<typeof AlignInput>;
