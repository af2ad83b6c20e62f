import { z } from "zod";
import { invalidInput } from "../src/errors.ts";
import { budgetFields, budgetOf } from "../src/ledger/budget-fields.ts";
import { defineTool, RUNS } from "../src/tool.ts";

export default defineTool({
  name: "find_issues",
  title: "Find issues",
  description:
    "Census of what goes wrong in sessions or traces: signals by code over all, notes on some; kinds with counts, intervals, owning layer, reachable gain, examples. Members get feedback issue.KIND. Or edit its kinds. Difference of two: get_record kind census with compareTo.",
  hints: RUNS,
  input: {
    filter: z.string().max(4_000).optional().describe("Split: who is split off."),
    level: z.enum(["sessions", "traces"]).default("sessions"),
    limit: z.int().min(10).max(20_000).default(1_000).describe("More: drawn by strata."),
    outcome: z.string().min(1).max(200).optional().describe("Feedback that says how it went."),
    passFrom: z.number().optional(),
    action: z.enum(["run", "merge", "split", "rename"]).default("run"),
    census: z.string().max(80).optional().describe("To edit."),
    kinds: z.array(z.string().max(80)).max(20).optional(),
    into: z.string().min(1).max(120).optional(),
    notes: z
      .int()
      .min(0)
      .max(500)
      .default(0)
      .describe("Read by a model or you (tasks), e.g. 30; 0: signals only."),
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
