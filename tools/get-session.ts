import { z } from "zod";
import { notFound } from "../src/errors.ts";
import { budgetFor } from "../src/reading/budget.ts";
import { defineTool, READS } from "../src/tool.ts";

export default defineTool({
  name: "get_session",
  title: "Get one conversation",
  description:
    "Read one session as a single de-duplicated transcript: user, assistant, tool calls with results, errors, feedback. With find the places where a pattern occurs.",
  hints: READS,
  input: {
    sessionId: z.string().min(1).max(400).describe("Whole id or its first characters."),
    find: z.string().min(1).max(300).optional().describe("Text, or /regex/i."),
    cursor: z.string().max(400).optional(),
    maxTokens: z.int().min(200).max(20_000).optional(),
  },
  async handle(input, context) {
    const { store, project } = context;
    const { openSession } = await import("../src/reading/sealed.ts");
    const opened = await openSession(context, input.sessionId);
    const missing = () =>
      notFound(
        "session",
        input.sessionId,
        'search_traces with level "sessions" lists ids; other projects need `project`.',
      );
    if (!opened) throw missing();
    if ("sealed" in opened) return opened.sealed;
    const { sessionId } = opened.item;
    const where = { projectId: project.id, sessionId, budget: budgetFor(input.maxTokens) };
    if (input.find !== undefined) {
      const { findInSession } = await import("../src/reading/find.ts");
      return findInSession(store.traces, { ...where, pattern: input.find });
    }
    const { readSession } = await import("../src/reading/session.ts");
    const { trustInFeedback } = await import("../src/calibration/trust-in.ts");
    const trustIn = await trustInFeedback(store.records.versions, project.id);
    const answer = await readSession(store.traces, { ...where, cursor: input.cursor, trustIn });
    if (!answer) throw missing();
    return answer;
  },
});
