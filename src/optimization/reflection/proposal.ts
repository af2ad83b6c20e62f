import { invalidInput } from "../../errors.ts";
import { cleanText } from "../../privacy/clean.ts";
import type { Outcome, Proposal, WorkOrder } from "../search/contract.ts";
import type { SaidAnswer, TextEdit } from "./answer-object.ts";
import { readAnswer } from "./read-answer.ts";

const HYPOTHESIS_CHARS = 600;

/** The hypothesis on one line; null where none was given. Untrusted. */
function hypothesisOf(said: string | null): string | null {
  const line = cleanText(said ?? "")
    .text.replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, HYPOTHESIS_CHARS)
    .toWellFormed();
  return line === "" ? null : line;
}

/** What stands where an order was shortened: it came back as if it were text. */
const OUR_MARK = /\[[0-9a-f]{8}: (?:\d+ entries, )?\d+ characters left out\]/;

const count = (n: number, one: string, many: string): string => (n === 1 ? `1 ${one}` : `${n} ${many}`);

const occurrences = (text: string, part: string): number => text.split(part).length - 1;

type Texts = Readonly<Record<string, string>>;

function edited(present: Texts, edits: readonly TextEdit[]): Map<string, string> | string {
  const texts = new Map<string, string>();
  for (const [i, { component, find, replace }] of edits.entries()) {
    const before = texts.get(component) ?? present[component] ?? "";
    const found = occurrences(before, find);
    if (found !== 1)
      return `edit ${i + 1} looks for a passage that stands ${found === 0 ? "nowhere" : `${found} times`} in the text; it must stand there once`;
    const at = before.indexOf(find);
    texts.set(component, before.slice(0, at) + replace + before.slice(at + find.length));
  }
  return texts;
}

type Checked = { readonly texts: Texts } | { readonly wrong: string };

/** The texts that an answer gives, if they are for what was asked; else what is wrong, in words of ours. */
function checkedTexts<O extends Outcome>({ texts, edits }: SaidAnswer, order: WorkOrder<O>): Checked {
  const present = order.parent.candidate.components;
  const asked = new Set(order.components);
  const names = [...texts.map(({ name }) => name), ...new Set(edits.map(({ component }) => component))];
  const unasked = names.filter((name) => !asked.has(name)).length;
  if (unasked > 0)
    return {
      wrong: `the answer has ${count(unasked, "text", "texts")} that ${unasked === 1 ? "was" : "were"} not asked for`,
    };
  if (new Set(names).size < names.length) return { wrong: "the answer has two texts for one name" };
  if (names.length === 0) return { wrong: "the answer has no text" };
  const afterEdits = edited(present, edits);
  if (typeof afterEdits === "string") return { wrong: afterEdits };
  const all = new Map([...texts.map(({ name, text }): [string, string] => [name, text]), ...afterEdits]);
  for (const [name, text] of all) {
    if (text.trim() === "") return { wrong: "a new text is empty" };
    if (OUR_MARK.test(text) && !OUR_MARK.test(present[name] ?? ""))
      return {
        wrong: "a new text holds the mark of a passage that was left out: it would lose that passage",
      };
  }
  return { texts: Object.fromEntries(all) };
}

const onlyName = ({ components }: { readonly components: readonly string[] }): string | null =>
  components.length === 1 ? (components[0] ?? null) : null;

/**
 * The proposal in a reflection model's answer; `failed`, with the reason in words of ours, when there is none: an
 * answer that was cut off, is empty, gives an empty text, or texts that were not asked for. Texts come through
 * unchanged, character by character. Those of several asked that the answer leaves out stay as they are.
 */
export function readProposal<O extends Outcome>(
  answer: { readonly text: string; readonly truncated: boolean },
  order: WorkOrder<O>,
): Proposal {
  if (answer.truncated) return { state: "failed", reason: "the answer was cut off at the length limit" };
  const said = readAnswer(answer.text, onlyName(order));
  if ("unreadable" in said) return { state: "failed", reason: said.unreadable };
  const checked = checkedTexts(said, order);
  if ("wrong" in checked) return { state: "failed", reason: checked.wrong };
  return {
    state: "proposed",
    components: checked.texts,
    code: null,
    hypothesis: hypothesisOf(said.hypothesis),
  };
}

/**
 * The same for the assistant's answer to a task, which it can mend.
 * @throws AppError `invalid_input` that says what an answer must be
 */
export function candidateFromAnswer<O extends Outcome>(
  text: string,
  order: WorkOrder<O>,
): Extract<Proposal, { state: "proposed" }> {
  const said = readAnswer(text, onlyName(order));
  const checked = "unreadable" in said ? { wrong: said.unreadable } : checkedTexts(said, order);
  if ("wrong" in checked)
    throw invalidInput(`No candidate can be made of this: ${checked.wrong}`, allowedAnswer(order.components));
  const hypothesis = "unreadable" in said ? null : hypothesisOf(said.hypothesis);
  if (hypothesis === null)
    throw invalidInput("The candidate states no hypothesis", allowedAnswer(order.components));
  return { state: "proposed", components: checked.texts, code: null, hypothesis };
}

const allowedAnswer = (names: readonly string[]): string =>
  `Answer with {"hypothesis": "...", "components": {${names.map((name) => `${JSON.stringify(name)}: "whole new text"`).join(", ")}}}, or with {"hypothesis": "...", "edits": [{"component", "find", "replace"}]}, each passage standing once in the present text.`;
