import { z } from "zod";

/** Kinds of records that list_records lists and get_record shows. */
export const RecordKind = z.enum([
  "dataset",
  "judge",
  "prompt",
  "evaluation",
  "comparison",
  "optimization",
  "proposal",
  "census",
  "trace_diff",
  "job",
]);
export type RecordKind = z.infer<typeof RecordKind>;
