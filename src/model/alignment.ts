import { z } from "zod";

/** One attempt to bring a judge closer to people's labels. */
export const Alignment = z.object({
  judge: z.string(),
  /** The judge that was to be improved. */
  baseHash: z.string(),
  labels: z.string(),
  createdUs: z.int(),
  /** Version that was saved; null: it was not shown to be better. */
  version: z.int().nullable(),
  /** Labels that it learnt from: no card of the judge may count them. */
  trainingLabels: z.array(z.string()),
});
export type Alignment = z.infer<typeof Alignment>;
