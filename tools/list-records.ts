import { z } from "zod";
import { RecordKind } from "../src/model/record-kind.ts";
import { defineTool, READS } from "../src/tool.ts";

export default defineTool({
  name: "list_records",
  title: "List records",
  description:
    "Datasets, judges (built-in and saved; `find` also takes names of DeepEval, Ragas, MLflow, Phoenix), prompts, evaluations, comparisons, optimizations, proposals, censuses or jobs of the project, newest first.",
  hints: READS,
  input: {
    kind: RecordKind.exclude(["trace_diff"]),
    name: z.string().max(80).optional().describe("Versions of this one; evaluations: of this dataset."),
    find: z.string().max(200).optional().describe("Judges: words of a name or purpose."),
    limit: z.int().min(1).max(200).default(30),
    cursor: z.string().max(400).optional(),
  },
  async handle(input, context) {
    const { listRecords } = await import("../src/records/list.ts");
    return listRecords(context, input);
  },
});
