import { invalidInput } from "../errors.ts";
import type { Json } from "../model/json.ts";
import type { PromptContent, PromptMessage } from "../model/prompt.ts";
import { fillTemplate } from "../targets/template.ts";
import { checkValues } from "./variables.ts";

/**
 * A prompt with its variables replaced, by the same template engine as targets use: texts as they are, other values
 * by their JSON, and no value is read as a template.
 * @throws AppError `invalid_input` that names what is missing, unknown or of another type.
 */
export function renderPrompt(
  { template, variables }: PromptContent,
  given: Readonly<Record<string, Json>>,
): string | PromptMessage[] {
  const values = checkValues(variables, given);
  const empty = (path: string): string => {
    const [name = ""] = path.split(".");
    if (Object.hasOwn(values, name))
      throw invalidInput(
        `The value of "${name}" has no field for "${path.slice(0, 80)}"`,
        "Give an object that has it.",
      );
    return "";
  };
  const fill = (text: string): string => fillTemplate(text, values, empty);
  return typeof template === "string"
    ? fill(template)
    : template.map((message) => ({ ...message, content: fill(message.content) }));
}
