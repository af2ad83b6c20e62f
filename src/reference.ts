import { invalidInput } from "./errors.ts";

/** A record as users name it: `support@3`, or `support` for its newest version. */
export interface Reference {
  readonly name: string;
  readonly version: number | undefined;
}

/** @throws AppError `invalid_input` when what follows the last @ is no version. */
export function parseReference(text: string): Reference {
  const at = text.lastIndexOf("@");
  if (at <= 0) return { name: text, version: undefined };
  const version = Number(text.slice(at + 1));
  if (!Number.isInteger(version) || version < 1)
    throw invalidInput(`"${text.slice(0, 80)}" names no version`, "Write NAME or NAME@3.");
  return { name: text.slice(0, at), version };
}
