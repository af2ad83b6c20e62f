import { z } from "zod";
import { JudgeSpec } from "../src/model/judge.ts";
import { ADDS, defineTool } from "../src/tool.ts";

/** Examples come from calibrate_judge, which knows where they were observed. */
const { examples: _, ...written } = JudgeSpec.shape;

export default defineTool({
  name: "save_judge",
  title: "Save a judge",
  description:
    "Keep a judge as a new version: a built-in with params, or your own instructions with closed labels ({{inputs}} {{output}} {{expectations}} {{trace}} {{conversation}}). Built-ins work without saving: list_records kind judge.",
  hints: ADDS,
  input: {
    ...written,
    dryRun: z.boolean().default(false),
    idempotencyKey: z.string().max(200).optional(),
  },
  async handle({ dryRun, idempotencyKey, ...spec }, context) {
    const { saveJudge } = await import("../src/judges/save.ts");
    const { issueJudge } = await import("../src/census/issue-judge.ts");
    return saveJudge(context, { spec: await issueJudge(context, spec), dryRun, idempotencyKey });
  },
});
