import { z } from "zod";
import { Json } from "../model/json.ts";

/** A model's answer to a judge as the ledger keeps it. */
export const RecordedAnswer = z.object({
  answer: Json,
  truncated: z.boolean(),
  model: z.string().nullable(),
  costUsd: z.number().nullable(),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
});
