import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { packageRoot } from "./runtime.ts";

const FrontMatter = z.strictObject({
  description: z.string(),
  /** Name -> what it is; each must be used in the text, and each `{{name}}` of the text declared. */
  variables: z.record(z.string(), z.string()).default({}),
});

export interface PromptText {
  readonly description: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly text: string;
}

const cache = new Map<string, PromptText>();

/**
 * A text that a model reads: prompts/NAME.md with YAML front matter.
 * @throws Error when the file is missing or its variables and its text disagree: a defect of the package.
 */
export function loadPrompt(name: string): PromptText {
  const known = cache.get(name);
  if (known) return known;
  const source = readFileSync(join(packageRoot, "prompts", `${name}.md`), "utf8");
  const match = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(source);
  if (!match) throw new Error(`prompts/${name}.md has no front matter`);
  const { description, variables } = FrontMatter.parse(parse(match[1] ?? ""));
  const text = (match[2] ?? "").trim();
  const used = new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]));
  const declared = new Set(Object.keys(variables));
  const odd = [...used]
    .filter((v) => v && !declared.has(v))
    .concat([...declared].filter((v) => !used.has(v)));
  if (odd.length > 0)
    throw new Error(`prompts/${name}.md: variables do not match its text: ${odd.join(", ")}`);
  const prompt = { description, variables, text };
  cache.set(name, prompt);
  return prompt;
}

/** The text with every variable replaced, literally: values are never read as templates. */
export function fillPrompt(name: string, values: Readonly<Record<string, string>>): string {
  const { text, variables } = loadPrompt(name);
  const missing = Object.keys(variables).filter((variable) => values[variable] === undefined);
  if (missing.length > 0) throw new Error(`prompts/${name}.md needs ${missing.join(", ")}`);
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, variable: string) => values[variable] ?? "");
}
