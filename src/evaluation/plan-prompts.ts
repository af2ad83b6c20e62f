import type { Context } from "../context.ts";
import { invalidInput } from "../errors.ts";
import { findPrompt } from "../registry/find.ts";
import { referenceOf } from "../registry/reference.ts";

/** Texts that a target is given instead of its own. */
export interface PlannedPrompts {
  /** By the target's name of the prompt: which version it is. */
  readonly references: Record<string, string>;
  /** By the same names. */
  readonly texts: Record<string, string>;
}

/**
 * The versions that an evaluation gives its target, fixed when it is planned.
 * @param wanted by the target's name of the prompt, NAME, NAME@VERSION or NAME@ALIAS of the registry.
 * @throws AppError `not_found` for what the registry has not, `invalid_input` for chats: targets take texts.
 */
export async function planPrompts(
  context: Pick<Context, "store" | "project">,
  wanted: Readonly<Record<string, string>>,
): Promise<PlannedPrompts> {
  const found = await Promise.all(
    Object.entries(wanted).map(async ([as, reference]) => {
      const version = await findPrompt(context, reference);
      const { template } = version.content;
      if (typeof template !== "string")
        throw invalidInput(
          `${referenceOf(version)} is a chat; a target's prompt is one text`,
          "Save the text that is to be replaced as a prompt of its own.",
        );
      return { as, reference: referenceOf(version), text: template };
    }),
  );
  return {
    references: Object.fromEntries(found.map(({ as, reference }) => [as, reference])),
    texts: Object.fromEntries(found.map(({ as, text }) => [as, text])),
  };
}
