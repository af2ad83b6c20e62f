import { z } from "zod";

/** Items drawn to be labelled with known chances, so that labels on them speak for all that they were drawn from. */
export const LabelSample = z.object({
  judge: z.string(),
  hash: z.string(),
  createdUs: z.int(),
  level: z.enum(["traces", "sessions"]),
  filter: z.string().nullable(),
  /** Feedback that held labels when it was drawn. */
  labels: z.string(),
  /** All that matched, and how many of them, drawn evenly, were sorted into strata. */
  matching: z.int().nullable(),
  frame: z.int(),
  strata: z.array(
    z.object({
      /** What the judge (and others beside it) said; `labelled before` is a stratum of its own. */
      name: z.string(),
      /** Items of the frame in it. */
      size: z.int(),
      drawn: z.int(),
    }),
  ),
  /** In the order in which to label them: any beginning of it is spread over the strata. */
  items: z.array(z.object({ id: z.string(), stratum: z.int(), probability: z.number() })),
});
export type LabelSample = z.infer<typeof LabelSample>;
