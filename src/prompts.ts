import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "./runtime.ts";

const cache = new Map<string, string>();

/**
 * A text that a model reads: prompts/NAME.md without its YAML front matter, which declares the text's variables for
 * its readers and for test/house.test.ts.
 * @throws Error when the file is missing or has no front matter: a defect of the package.
 */
export function promptText(name: string): string {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const source = readFileSync(join(packageRoot, "prompts", `${name}.md`), "utf8");
  const end = source.indexOf("\n---\n", 3);
  if (!source.startsWith("---\n") || end < 0) throw new Error(`prompts/${name}.md has no front matter`);
  const text = source.slice(end + 5).trim();
  cache.set(name, text);
  return text;
}

/** The text with every `{{variable}}` replaced, literally: values are never read as templates. */
export function fillPrompt(name: string, values: Readonly<Record<string, string>>): string {
  return promptText(name).replaceAll(/\{\{(\w+)\}\}/g, (_, variable: string) => {
    const value = values[variable];
    if (value === undefined) throw new Error(`prompts/${name}.md needs ${variable}`);
    return value;
  });
}
