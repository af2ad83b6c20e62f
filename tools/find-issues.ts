import { z } from "zod";
import { invalidInput } from "../src/errors.ts";
import { budgetFields, budgetOf } from "../src/ledger/budget-fields.ts";
import { defineTool, RUNS } from "../src/tool.ts";

export default defineTool({
  name: "find_issues",
  title: "Find issues",
  description:
    "Census of what goes wrong in sessions or traces: signals by code (errors, failed tools, loops, rephrased requests, wishes for a person ...), then notes on some (tasks for you without an endpoint), kinds with counts, intervals, owning layer, reachable gain and examples. Members get feedback issue.KIND. Or edit a census's kinds. Compare two: get_record kind census with compareTo.",
  hints: RUNS,
  input: {
    filter: z.string().max(4_000).optional().describe("Default: all real use; split: who is split off."),
    level: z.enum(["sessions", "traces"]).default("sessions"),
    limit: z.int().min(10).max(20_000).default(1_000).describe("If more match: drawn by strata."),
    outcome: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("Feedback that says how it went; default people's."),
    passFrom: z.number().optional().describe("Numeric outcome: this or more is well."),
    action: z.enum(["run", "merge", "split", "rename"]).default("run"),
    census: z.string().max(80).optional().describe("To edit."),
    kinds: z.array(z.string().max(80)).max(20).optional(),
    into: z.string().min(1).max(120).optional().describe("Kind or new name."),
    notes: z
      .int()
      .min(0)
      .max(500)
      .default(30)
      .describe("So many are read by a model or you; 0: signals only, at once."),
    ...budgetFields,
    dryRun: z.boolean().default(false),
    idempotencyKey: z.string().max(200).optional(),
  },
  async handle({ action, census, kinds, into, ...input }, context) {
    if (action === "run") {
      const { startCensus } = await import("../src/census/start-census.ts");
      return startCensus(context, { ...input, budget: budgetOf(input) });
    }
    if (census === undefined || into === undefined || kinds === undefined)
      throw invalidInput(
        `${action} needs census, kinds and into`,
        "E.g. census is-1a2b3c4d, kinds [loops, repeated_calls], into a name.",
      );
    const { editKinds } = await import("../src/census/edit-kinds.ts");
    return editKinds(context, { census, action, kinds, into, filter: input.filter });
  },
});
