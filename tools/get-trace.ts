import { z } from "zod";
import { notFound } from "../src/errors.ts";
import { budgetFor } from "../src/reading/budget.ts";
import { defineTool, READS } from "../src/tool.ts";

export default defineTool({
  name: "get_trace",
  title: "Get one trace or span",
  description:
    "Read one trace as a digest: its tree with inputs, outputs and errors, where time and money went, what filled the context. With spanId that span whole; with find the places where a pattern occurs.",
  hints: READS,
  alwaysLoad: true,
  input: {
    traceId: z.string().min(6).max(64).describe("Whole id or its first digits."),
    spanId: z.string().min(6).max(32).optional(),
    field: z
      .enum(["input", "output", "messages", "system", "tools", "documents", "attributes", "events"])
      .optional()
      .describe("With spanId: only this field, from offset."),
    offset: z.int().min(0).default(0),
    find: z.string().min(1).max(300).optional().describe("Text, or /regex/i."),
    cursor: z.string().max(400).optional(),
    maxTokens: z.int().min(200).max(20_000).optional(),
  },
  async handle(input, context) {
    const { store, project } = context;
    const { openTrace } = await import("../src/reading/sealed.ts");
    const opened = await openTrace(context, input.traceId);
    if (!opened)
      throw notFound("trace", input.traceId, "search_traces lists ids; other projects need `project`.");
    if ("sealed" in opened) return opened.sealed;
    const { traceId } = opened.item;
    const where = { projectId: project.id, traceId, budget: budgetFor(input.maxTokens) };
    if (input.find !== undefined) {
      const { findInTrace } = await import("../src/reading/find.ts");
      return findInTrace(store.traces, { ...where, pattern: input.find });
    }
    if (input.spanId === undefined) {
      const { readTrace } = await import("../src/reading/trace.ts");
      const answer = await readTrace(store.traces, { ...where, cursor: input.cursor });
      if (!answer) throw notFound("trace", input.traceId);
      return answer;
    }
    const { readSpan } = await import("../src/reading/span.ts");
    const span = await readSpan(store.traces, {
      ...where,
      spanId: input.spanId,
      field: input.field,
      offset: input.offset,
    });
    if (!span) throw notFound("span", input.spanId, "get_trace without spanId shows the trace's span ids.");
    return span;
  },
});
