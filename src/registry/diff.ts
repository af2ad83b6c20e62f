import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import type { PromptContent, PromptVersion } from "../model/prompt.ts";
import { referenceOf } from "./reference.ts";

/** Lines that may differ before the search for the shortest diff is given up: its work grows with their square. */
const MOST_EDITS = 4_000;
const CONTEXT_LINES = 3;

/** The template as one text: messages of a chat follow each other under their roles. */
export const templateText = (template: PromptContent["template"]): string =>
  typeof template === "string"
    ? template
    : template.map(({ role, content }) => `[${role}]\n${content}\n`).join("\n");

const dataText = (value: object): string =>
  Object.keys(value).length === 0 ? "" : `${JSON.stringify(value, null, 2)}\n`;

/** A text whose last line has no end: as prompts mostly are. */
const isBare = (text: string): boolean => text !== "" && !text.endsWith("\n");

/**
 * A unified diff of two texts (Myers, as GNU diff -u writes it); "" when they are equal. The mark for a missing newline at the
 * end stands where only one of them has none: it would show a last line that is the same as changed. Texts with next to nothing in common are shown as replaced whole.
 */
export function unifiedDiff(
  before: { readonly name: string; readonly text: string },
  after: { readonly name: string; readonly text: string },
): string {
  if (before.text === after.text) return "";
  if (isBare(before.text) && isBare(after.text))
    return unifiedDiff({ ...before, text: `${before.text}\n` }, { ...after, text: `${after.text}\n` });
  const names = [before.name, after.name] as const;
  const patch = createTwoFilesPatch(...names, before.text, after.text, undefined, undefined, {
    context: CONTEXT_LINES,
    maxEditLength: MOST_EDITS,
    headerOptions: FILE_HEADERS_ONLY,
  });
  return patch ?? replacedWhole(before, after);
}

function replacedWhole(
  before: { readonly name: string; readonly text: string },
  after: { readonly name: string; readonly text: string },
): string {
  const removed = linesOf(before.text);
  const added = linesOf(after.text);
  const range = (count: number) => (count === 0 ? "0,0" : `1,${count}`);
  return [
    `--- ${before.name}`,
    `+++ ${after.name}`,
    `@@ -${range(removed.length)} +${range(added.length)} @@`,
    ...removed.map((line) => `-${line}`),
    ...added.map((line) => `+${line}`),
    "",
  ].join("\n");
}

const NO_NEWLINE = "\n\\ No newline at end of file";

function linesOf(text: string): string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  const last = lines.pop() ?? "";
  return last === "" ? lines : [...lines, `${last}${NO_NEWLINE}`];
}

/** What differs between two versions: template, variables and settings, each as a unified diff; "" for equal ones. */
export function promptDiff(before: PromptVersion, after: PromptVersion): string {
  const names = [referenceOf(before), referenceOf(after)] as const;
  const part = (what: string, read: (content: PromptContent) => string) =>
    unifiedDiff(
      { name: `${names[0]}${what}`, text: read(before.content) },
      { name: `${names[1]}${what}`, text: read(after.content) },
    );
  return [
    part("", ({ template }) => templateText(template)),
    part(" variables", ({ variables }) => dataText(variables)),
    part(" settings", ({ settings }) => dataText(settings)),
  ].join("");
}
