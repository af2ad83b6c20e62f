import { z } from "zod";
import { PromptMessage, promptAlias, promptName } from "../src/model/prompt.ts";
import { ADDS, defineTool } from "../src/tool.ts";

export default defineTool({
  name: "save_prompt",
  title: "Save a prompt",
  description:
    "Keep a prompt (text or chat messages with {{variables}}) as a new immutable version, and/or move an alias such as production. Variables and settings left out stay as in the version before. Read with get_record kind prompt.",
  hints: ADDS,
  input: {
    name: promptName,
    text: z.string().optional(),
    messages: z.array(PromptMessage).optional().describe("Chat, instead of text."),
    variables: z.record(z.string(), z.unknown()).optional().describe("NAME: {type, required, default}."),
    file: z
      .string()
      .max(1_000)
      .optional()
      .describe("Links it: PATH or PATH#CONSTANT_OR_KEY; the text if none is given."),
    settings: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("Model, temperature ...; optimize {maxLength, preserve: [TEXT]} limits campaigns."),
    message: z.string().max(2_000).optional().describe("What changed, and why."),
    parent: z.int().min(1).optional().describe("Version it was made from; default the newest."),
    alias: promptAlias.optional().describe("Moved to this version."),
    aliasFrom: z.int().min(0).optional().describe("Refused unless the alias is there now; 0: nowhere."),
    version: z.int().min(1).optional().describe("Existing, for alias; instead of text."),
    dryRun: z.boolean().default(false),
    idempotencyKey: z.string().max(200).optional(),
  },
  async handle({ variables, settings, ...input }, context) {
    const { readDetails, savePrompt } = await import("../src/registry/save.ts");
    return savePrompt(context, { ...input, ...readDetails({ variables, settings }) });
  },
});
