import { z } from "zod";
import { defineTool, READS } from "../src/tool.ts";

export default defineTool({
  name: "search_traces",
  title: "Search traces or sessions",
  description:
    "List traces (one run or turn each) or sessions (whole conversations) that match a filter, one row each; open one with get_trace or get_session. Runs of evaluations are left out unless the filter names evaluation. Example filter: errors > 0 AND since 24h.",
  hints: READS,
  alwaysLoad: true,
  input: {
    filter: z.string().max(4_000).optional().describe('E.g. tool = "refund" AND feedback.thumbs = false.'),
    level: z.enum(["traces", "sessions"]).default("traces"),
    order: z.enum(["newest", "oldest", "slowest", "costliest", "most_errors"]).default("newest"),
    limit: z.int().min(1).max(200).default(20),
    cursor: z.string().max(400).optional().describe("page.next of the same query."),
    waitSeconds: z.int().min(0).max(20).default(0).describe("Wait until something matches."),
    maxTokens: z.int().min(200).max(20_000).optional(),
  },
  async handle(input, context) {
    const { searchSessions, searchTraces } = await import("../src/reading/search.ts");
    return input.level === "sessions" ? searchSessions(context, input) : searchTraces(context, input);
  },
});
