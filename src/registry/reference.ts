import { invalidInput } from "../errors.ts";
import { NEWEST, promptAlias, promptName } from "../model/prompt.ts";

/** A prompt as users name it: `support@7`, `support@production`, or `support` for its newest version. */
export interface PromptReference {
  readonly name: string;
  readonly version: number | undefined;
  readonly alias: string | undefined;
}

/** @throws AppError `invalid_input` for what can be no prompt, version or alias. */
export function parsePromptReference(text: string): PromptReference {
  const at = text.lastIndexOf("@");
  const name = at < 0 ? text : text.slice(0, at);
  if (!promptName.safeParse(name).success)
    throw invalidInput(
      `"${name.slice(0, 80)}" is no prompt's name`,
      "Names have letters, digits, _ . - and /; write NAME, NAME@7 or NAME@production.",
    );
  const which = at < 0 ? NEWEST : text.slice(at + 1);
  if (which === NEWEST) return { name, version: undefined, alias: undefined };
  if (/^[1-9]\d{0,8}$/.test(which)) return { name, version: Number(which), alias: undefined };
  if (promptAlias.safeParse(which).success) return { name, version: undefined, alias: which };
  throw invalidInput(
    `"${which.slice(0, 80)}" is neither a version nor an alias`,
    "Write NAME, NAME@7 or NAME@production.",
  );
}

export const referenceOf = ({ name, version }: { readonly name: string; readonly version: number }): string =>
  `${name}@${version}`;
