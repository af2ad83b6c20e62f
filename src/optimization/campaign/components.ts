import type { Context } from "../../context.ts";
import { invalidInput } from "../../errors.ts";
import type { OptimizationComponent } from "../../model/optimization.ts";
import { findPrompt } from "../../registry/find.ts";

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
      preserve: [],
      maxLength: null,
    });
  }
  return components;
}
