import { z } from "zod";
import { RecordKind } from "../src/model/record-kind.ts";
import { defineTool, READS } from "../src/tool.ts";

export default defineTool({
  name: "get_record",
  title: "Get one record",
  description:
    "One dataset (its examples), judge (what it decides, parameters, rubric), prompt, evaluation (estimates and rows), comparison, optimization (ID@N: one candidate), proposal (evidence, diff), census (ID/KIND: one kind), trace_diff (A..B: two traces or sessions step by step) or job. With exampleId one example whole; datasets, prompts, censuses: compareTo another.",
  hints: READS,
  input: {
    kind: RecordKind,
    id: z.string().min(1).max(200).describe("Id, NAME or NAME@VERSION; prompts: also NAME@ALIAS."),
    exampleId: z.string().max(140).optional(),
    failing: z.boolean().optional().describe("Evaluations: only rows that fail."),
    judge: z.string().max(80).optional().describe("With failing: by this judge; default the primary."),
    usage: z.boolean().optional().describe("Prompts: traces and evaluations that used it."),
    compareTo: z.string().max(200).optional(),
    cursor: z.string().max(400).optional(),
    maxTokens: z.int().min(200).max(20_000).optional(),
  },
  async handle(input, context) {
    const { getRecord } = await import("../src/records/get.ts");
    return getRecord(context, input);
  },
});
