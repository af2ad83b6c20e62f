import { z } from "zod";
import { defineTool, READS } from "../src/tool.ts";

export default defineTool({
  name: "query_sql",
  title: "Query with SQL",
  description:
    "Run one read-only SELECT (SQLite dialect) over the views traces, spans, sessions, assessments, messages of the project. Without sql: the views and their columns.",
  hints: READS,
  input: {
    sql: z.string().max(20_000).optional(),
    maxRows: z.int().min(1).max(1_000).default(100),
    maxTokens: z.int().min(200).max(20_000).optional(),
  },
  async handle(input, context) {
    const { sqlAnswer, sqlSchema } = await import("../src/reading/sql.ts");
    return input.sql === undefined
      ? sqlSchema(context, input)
      : sqlAnswer(context, { ...input, sql: input.sql });
  },
});
