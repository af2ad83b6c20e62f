import { z } from "zod";
import { AssessmentSource } from "../src/model/assessment.ts";
import { ADDS, defineTool } from "../src/tool.ts";

export default defineTool({
  name: "import_traces",
  title: "Import files",
  description:
    "Import files or folders on this machine: OTLP (JSON, JSONL, protobuf, gzip), Claude Code and Codex sessions, Langfuse and MLflow exports, chat-message JSONL, and feedback files (CSV or JSONL). The format is detected; repeating is harmless.",
  hints: ADDS,
  input: {
    paths: z.array(z.string().min(1).max(4_000)).min(1).max(200),
    feedbackColumns: z
      .array(z.string().min(1).max(100))
      .max(50)
      .optional()
      .describe("Feedback files: columns that are feedback; the others become tags."),
    feedbackSource: AssessmentSource.default("human"),
    idempotencyKey: z.string().min(1).max(200).optional(),
  },
  async handle(input, context) {
    const { startImport } = await import("../src/jobs/start-import.ts");
    return startImport(context, input);
  },
});
