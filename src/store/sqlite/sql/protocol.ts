import { z } from "zod";
import { Json } from "../../../model/json.ts";

/** Parent -> child. */
export const Request = z.object({
  id: z.number().int(),
  projectId: z.string(),
  sql: z.string(),
  maxRows: z.number().int().positive(),
  maxBytes: z.number().int().positive(),
});
export type Request = z.infer<typeof Request>;

/** Child -> parent. `failed`: the statement is wrong, in words that its author may read. `broken`: we are; `code` is for the log. */
export const Reply = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready"), engine: z.string() }),
  z.object({
    type: z.literal("rows"),
    id: z.number().int(),
    columns: z.array(z.string()),
    rows: z.array(z.array(Json)),
    truncated: z.boolean(),
    elapsedMs: z.number(),
  }),
  z.object({ type: z.literal("failed"), id: z.number().int(), message: z.string(), hint: z.string() }),
  z.object({ type: z.literal("broken"), id: z.number().int(), code: z.string() }),
]);
export type Reply = z.infer<typeof Reply>;
