import { z } from "zod";
import { defineTool, READS } from "../src/tool.ts";

export default defineTool({
  name: "summarize_traces",
  title: "Summarize traces",
  description:
    "Counts over all traces that match: failures, latency, tokens, cost, tools, models, error signatures, feedback. Runs of evaluations are left out unless the filter names evaluation. With compareTo a second filter (another window, release or prompt version) side by side.",
  hints: READS,
  alwaysLoad: true,
  input: {
    filter: z.string().max(4_000).optional().describe("Default: everything."),
    compareTo: z.string().max(4_000).optional().describe('E.g. until 24h, or tag.release = "1.3".'),
    maxTokens: z.int().min(200).max(20_000).optional(),
  },
  async handle(input, context) {
    const { summarizeTraces } = await import("../src/reading/summary.ts");
    return summarizeTraces(context, input);
  },
});
