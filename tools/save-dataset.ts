import { z } from "zod";
import { datasetName } from "../src/model/example.ts";
import { Json } from "../src/model/json.ts";
import { ADDS, defineTool } from "../src/tool.ts";

const names = z.array(z.string().min(1).max(100)).max(50);

export default defineTool({
  name: "save_dataset",
  title: "Save a dataset",
  description:
    "Make or extend a dataset (a new version each time) from what matches a filter, a CSV/JSON/JSONL file, or examples given here; edit or remove examples. Feedback becomes expectations. dryRun previews.",
  hints: ADDS,
  input: {
    name: datasetName,
    filter: z.string().max(4_000).optional().describe("E.g. feedback.thumbs = false AND since 24h."),
    level: z.enum(["traces", "sessions"]).default("sessions"),
    limit: z.int().min(1).max(2_000).default(100),
    addPassing: z
      .int()
      .min(0)
      .max(500)
      .default(0)
      .describe("With filter: others that do not match, praised ones first."),
    path: z.string().max(4_000).optional(),
    examples: z
      .array(z.record(z.string(), Json))
      .max(500)
      .optional()
      .describe(
        "{inputs, expectations {answer, facts, toolCalls, guidelines, state}, turns, tags, id, group}",
      ),
    inputColumns: names.optional(),
    expectationColumns: names.optional(),
    groupColumn: z.string().max(100).optional(),
    synthetic: z.boolean().default(false).describe("The rows given are invented."),
    edit: z
      .array(z.strictObject({ id: z.string(), expectations: z.record(z.string(), Json) }))
      .max(500)
      .optional(),
    remove: z.array(z.string()).max(500).optional(),
    holdout: z.boolean().optional().describe("Seal 30 %; default: from 30 examples on."),
    note: z.string().max(500).optional(),
    dryRun: z.boolean().default(false),
    idempotencyKey: z.string().max(200).optional(),
    maxTokens: z.int().min(200).max(20_000).optional(),
  },
  async handle(input, context) {
    const { saveDataset } = await import("../src/datasets/save.ts");
    return saveDataset(context, input);
  },
});
