import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { z } from "zod";
import { invalidInput } from "../errors.ts";
import { Json } from "../model/json.ts";
import { type PromptContent, PromptMessage, PromptVariable } from "../model/prompt.ts";
import { writeOutput } from "./write-output.ts";

/** What `save --json` reads and `export --json` writes. */
const PromptFile = z.strictObject({
  template: z.union([z.string(), z.array(PromptMessage)]),
  variables: z.record(z.string(), PromptVariable).optional(),
  settings: z.record(z.string(), Json).optional(),
});

/** The bytes as text, nothing added or taken away. */
async function readText(file: string): Promise<string> {
  const bytes = file === "-" ? await buffer(process.stdin) : await readFile(file).catch(() => null);
  if (bytes === null) throw invalidInput(`The file "${file.slice(0, 200)}" cannot be read`);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalidInput(`The file "${file.slice(0, 200)}" is not UTF-8 text`);
  }
}

/** @throws AppError `invalid_input` for a file that is not what it should be. */
export async function draftFromFile(file: string | undefined, isJson: boolean) {
  if (file === undefined)
    throw invalidInput("A file is needed", "evalwright prompt save support prompt.md, or - for stdin.");
  const text = await readText(file);
  if (!isJson) return { text };
  const parsed = PromptFile.safeParse(tryParse(text));
  if (!parsed.success)
    throw invalidInput(
      "The file is not JSON of a prompt",
      'It has "template" (a text, or messages with role and content), and may have "variables" and "settings".',
    );
  const { template, ...rest } = parsed.data;
  return typeof template === "string" ? { text: template, ...rest } : { messages: template, ...rest };
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The template's exact text; of a chat, or with `asJson`, all of the content as JSON. */
export const exportText = (content: PromptContent, asJson: boolean): string =>
  typeof content.template === "string" && !asJson
    ? content.template
    : `${JSON.stringify(content, null, 2)}\n`;

/** `name=value` as the variable's type reads it: texts as they are, all else as JSON. */
export function valuesFrom(
  pairs: readonly string[],
  variables: PromptContent["variables"],
): Record<string, Json> {
  return Object.fromEntries(
    pairs.map((pair): [string, Json] => {
      const at = pair.indexOf("=");
      if (at < 1) throw invalidInput(`"${pair.slice(0, 60)}" is not name=value`);
      const [name, text] = [pair.slice(0, at), pair.slice(at + 1)];
      const type = Object.hasOwn(variables, name) ? variables[name]?.type : undefined;
      if (type === undefined || type === "any" || type === "string") return [name, text];
      const value = Json.safeParse(tryParse(text));
      if (!value.success) throw invalidInput(`The value of "${name}" must be JSON of type ${type}`);
      return [name, value.data];
    }),
  );
}

export async function writeOut(text: string, out: string | undefined): Promise<void> {
  if (out !== undefined) await writeOutput(out, text);
  else await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
}
