import { z } from "zod";
import { parseArguments } from "../../arguments.ts";
import type { Context } from "../../context.ts";
import { invalidInput } from "../../errors.ts";
import type { OptimizationComponent } from "../../model/optimization.ts";
import type { PromptVersion } from "../../model/prompt.ts";
import { findPrompt } from "../../registry/find.ts";

const Limits = z.strictObject({
  maxLength: z.int().min(1).nullable().default(null),
  preserve: z.array(z.string().min(1).max(1_000)).max(100).default([]),
});

/**
 * What a prompt's own settings ask of every version that a campaign makes of it: `settings.optimize`.
 * @throws AppError `invalid_input` that names the prompt, for limits of another shape or that its text cannot keep.
 */
function limitsOf({ name, version, content }: PromptVersion, text: string): z.infer<typeof Limits> {
  const what = `settings.optimize of prompt ${name}@${version}`;
  const shape = ["maxLength (characters)", "preserve [texts that every version must hold]"];
  const limits = parseArguments(Limits, shape, content.settings["optimize"], what);
  const gone = limits.preserve.findIndex((literal) => !text.includes(literal));
  if (gone < 0) return limits;
  throw invalidInput(
    `${what}: preserve[${gone}] is not in the prompt's own text`,
    "Save the prompt with it, or take it off the list.",
  );
}

/**
 * The registry's prompts that a campaign may change: `support`, `support@production`, `system=support@7` (what the
 * target calls it, and which prompt it is).
 * @throws AppError for a prompt that is not there, is a chat, or is named twice.
 */
export async function findComponents(
  context: Pick<Context, "store" | "project">,
  references: readonly string[],
): Promise<OptimizationComponent[]> {
  const components: OptimizationComponent[] = [];
  for (const reference of references) {
    const at = reference.indexOf("=");
    const prompt = await findPrompt(context, reference.slice(at + 1));
    const { template } = prompt.content;
    if (typeof template !== "string")
      throw invalidInput(
        `Prompt ${prompt.name} is a chat of several messages`,
        "Save the message to improve as a text prompt of its own.",
      );
    const name = at < 0 ? prompt.name : reference.slice(0, at);
    if (components.some((one) => one.name === name))
      throw invalidInput(
        `Two prompts would be given to the target as ${name.slice(0, 80)}`,
        "Write NAME=PROMPT.",
      );
    components.push({
      name,
      text: template,
      prompt: { name: prompt.name, version: prompt.version },
      purpose: prompt.note,
      ...limitsOf(prompt, template),
    });
  }
  return components;
}
